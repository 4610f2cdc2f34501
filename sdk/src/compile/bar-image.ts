import type { BarSpec } from '../bars.ts';
import { emptySpaceImage, type SpaceImage } from '../config/header.ts';
import type { RegisterSpec } from '../registers.ts';
import { registerMasks } from './masks.ts';

/** What a BAR holds after reset, and what the driver may change. */
export function barImage(bar: BarSpec): SpaceImage {
  const space = emptySpaceImage(bar.size);
  for (const register of Object.values(bar.registers)) {
    const masks = registerMasks(register);
    put(space.image, register, masks.reset);
    put(space.writeMask, register, masks.write);
    put(space.w1cMask, register, masks.w1c);
    put(space.rcMask, register, masks.rc);
  }
  return space;
}

function put(view: DataView, { offset, width }: RegisterSpec, value: bigint): void {
  for (let byte = 0; byte < width / 8; byte++) {
    view.setUint8(offset + byte, Number((value >> BigInt(8 * byte)) & 0xffn));
  }
}
