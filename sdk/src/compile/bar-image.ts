import type { BarSpec } from '../bars.ts';
import { emptySpaceImage, type SpaceImage } from '../config/header.ts';
import { type RegisterMap, registerPlaces } from '../registers.ts';
import { registerMasks } from './masks.ts';

/** What a BAR holds after reset, and what the driver may change. */
export function barImage(bar: BarSpec): SpaceImage {
  const space = emptySpaceImage(bar.size);
  putRegisters(space, bar.registers);
  for (const { memory, offset, length } of Object.values(bar.ranges)) {
    if (memory) new Uint8Array(space.writeMask.buffer).fill(0xff, offset, offset + length);
  }
  return space;
}

/** Writes reset values and masks of registers. */
export function putRegisters(space: SpaceImage, registers: RegisterMap): void {
  for (const register of Object.values(registers)) {
    const masks = registerMasks(register);
    for (const place of registerPlaces(register)) {
      put(space.image, place, masks.reset);
      put(space.writeMask, place, masks.write);
      put(space.w1cMask, place, masks.w1c);
      put(space.rcMask, place, masks.rc | masks.rs);
    }
  }
}

function put(view: DataView, { offset, bytes }: { offset: number; bytes: number }, value: bigint): void {
  for (let byte = 0; byte < bytes; byte++) {
    view.setUint8(offset + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
  }
}
