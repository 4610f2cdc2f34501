import { BYTE_READ_SETS, type SpaceMemory } from '../spaces.ts';

/**
 * What the kernel does to an image for one access by the driver, byte by byte: the one place in TypeScript that knows
 * these rules (uapi: "A register space is mapped as five tables").
 */

/** Stores the bytes of a driver's write: writable bits take the data, then ones clear write-1-to-clear bits. */
export function applyWrite(memory: SpaceMemory, offset: number, data: Uint8Array): void {
  for (let i = 0; i < data.length; i++) {
    const byte = offset + i;
    const value = data[i] as number;
    const mask = memory.writeMask[byte] as number;
    const stored = ((memory.image[byte] as number) & ~mask) | (value & mask);
    memory.image[byte] = stored & ~(value & (memory.w1cMask[byte] as number));
  }
}

/** Fills `data` for a driver's read that the image answers, then clears or sets the bits of those bytes that a read changes. */
export function applyRead(memory: SpaceMemory, offset: number, data: Uint8Array): void {
  for (let i = 0; i < data.length; i++) {
    const byte = offset + i;
    const value = memory.image[byte] as number;
    data[i] = value;
    const mask = memory.rcMask[byte] as number;
    memory.image[byte] = (memory.flags[byte] as number) & BYTE_READ_SETS ? value | mask : value & ~mask;
  }
}

/** Whether any byte that the access touches has the flag. */
export function anyFlag(memory: SpaceMemory, offset: number, size: number, flag: number): boolean {
  for (let byte = offset; byte < offset + size; byte++) {
    if (((memory.flags[byte] as number) & flag) !== 0) return true;
  }
  return false;
}
