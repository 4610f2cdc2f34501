import type { BarSpec } from '../bars.ts';
import { registerMasks } from '../compile/masks.ts';
import type { SpaceImage } from '../config/header.ts';
import { type RegisterMap, type RegisterSpec, registerPlaces } from '../registers.ts';
import { BYTE_FORWARD, BYTE_NOTIFY, BYTE_ORDERED, BYTE_READ_SETS, type SpaceMemory } from '../spaces.ts';
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
  for (const { offset, bytes } of Object.values(bar.registers).flatMap(registerPlaces)) {
    memory.image.set(reset.subarray(offset, offset + bytes), offset);
  }
  for (const range of Object.values(bar.ranges)) {
    if (range.memory) memory.image.fill(0, range.offset, range.offset + range.length);
  }
}

/** Says for each byte whether reads and writes involve the device. */
export function fillFlags(flags: Uint8Array, registers: RegisterMap, entries: readonly Entry[]): void {
  const anyWrites = entries.some(tellsWrites);
  for (const register of Object.values(registers)) {
    markReadSets(flags, register);
    if (!anyWrites || register.relaxed) continue;
    for (const { offset, bytes } of registerPlaces(register)) mark(flags, offset, bytes, BYTE_ORDERED);
  }
  for (const entry of entries) {
    const flag = (entry.read || entry.alias ? BYTE_FORWARD : 0) | (tellsWrites(entry) ? BYTE_NOTIFY : 0);
    mark(flags, entry.offset, entry.bytes, flag);
  }
}

function markReadSets(flags: Uint8Array, register: RegisterSpec): void {
  const { rs } = registerMasks(register);
  if (rs === 0n) return;
  for (const { offset, bytes } of registerPlaces(register)) {
    for (let byte = 0; byte < bytes; byte++) {
      if ((rs >> BigInt(8 * byte)) & 0xffn) mark(flags, offset + byte, 1, BYTE_READ_SETS);
    }
  }
}

function tellsWrites(entry: Entry): boolean {
  return entry.write !== undefined || entry.w1s !== undefined || entry.alias !== undefined;
}

function mark(flags: Uint8Array, offset: number, bytes: number, flag: number): void {
  for (let byte = offset; byte < offset + bytes; byte++) flags[byte] = (flags[byte] as number) | flag;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
