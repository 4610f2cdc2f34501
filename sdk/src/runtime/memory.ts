import type { BarSpec } from '../bars.ts';
import type { SpaceImage } from '../config/header.ts';
import type { RegisterSpec } from '../registers.ts';
import { DWORD_FORWARD, DWORD_NOTIFY, DWORD_ORDERED, type SpaceMemory } from '../spaces.ts';
import type { Entry } from './entries.ts';

/** Writes reset values and masks into the memory that a host provides. */
export function fillSpace(memory: SpaceMemory, space: SpaceImage): void {
  memory.image.set(bytesOf(space.image));
  memory.writeMask.set(bytesOf(space.writeMask));
  memory.w1cMask.set(bytesOf(space.w1cMask));
  memory.rcMask.set(bytesOf(space.rcMask));
}

/**
 * Puts the reset values of a BAR's registers back. The rest of the image is left alone: it is the host's, which keeps
 * the MSI-X table there.
 */
export function resetRegisters(memory: SpaceMemory, space: SpaceImage, bar: BarSpec): void {
  const reset = bytesOf(space.image);
  for (const { offset, width } of Object.values(bar.registers)) {
    memory.image.set(reset.subarray(offset, offset + width / 8), offset);
  }
}

/** Says for each dword whether reads and writes involve the device. */
export function fillFlags(flags: Uint8Array, bar: BarSpec, entries: readonly Entry[]): void {
  const anyWrites = entries.some(tellsWrites);
  for (const register of Object.values(bar.registers)) {
    if (anyWrites && !register.relaxed) mark(flags, register, DWORD_ORDERED);
  }
  for (const entry of entries) {
    const first = entry.offset >>> 2;
    const end = (entry.offset + entry.bytes + 3) >>> 2;
    const flag = (entry.read ? DWORD_FORWARD : 0) | (tellsWrites(entry) ? DWORD_NOTIFY : 0);
    for (let dword = first; dword < end; dword++) flags[dword] = (flags[dword] as number) | flag;
  }
}

function tellsWrites(entry: Entry): boolean {
  return entry.write !== undefined || entry.w1s !== undefined;
}

function mark(flags: Uint8Array, { offset, width }: RegisterSpec, flag: number): void {
  const end = (offset + width / 8 + 3) >>> 2;
  for (let dword = offset >>> 2; dword < end; dword++) flags[dword] = (flags[dword] as number) | flag;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
