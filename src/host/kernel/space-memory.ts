import type { SpaceMemory } from '@pciem/sdk';

/** Bytes of the five tables of a register space (uapi: mmap offsets). */
export function spaceMapBytes(size: number): number {
  return 5 * size;
}

/** The five tables of a register space of `size` bytes in its mapping. */
export function spaceMemory(memory: ArrayBuffer, size: number): SpaceMemory {
  const table = (index: number) => new Uint8Array(memory, index * size, size);
  return { image: table(0), writeMask: table(1), w1cMask: table(2), rcMask: table(3), flags: table(4) };
}
