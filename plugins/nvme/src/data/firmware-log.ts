import { pack } from './fields.ts';

/** Firmware Slot Information log page, 03h: slot 1 is active and the only one (NVMe 1.4 §5.14.1.3). */
export function firmwareLog(revision: string): Uint8Array {
  return pack(512, [
    [0, 1, 'AFI', 1],
    [8, 8, 'FRS1', revision],
  ]);
}
