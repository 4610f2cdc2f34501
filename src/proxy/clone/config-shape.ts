import { UsageFailure } from '../../errors.ts';
import type { Shape, ShapeBar } from '../shape/shape.ts';
import { storeConfig } from './stored-config.ts';

const MIN_BAR = 4096;
const MAX_BAR = 16 * 1024 * 1024;
const MAX_IO_BAR = 256;
const PINS = [undefined, 'A', 'B', 'C', 'D'] as const;

/** What is known of a device whose configuration space is at hand. */
export interface RealDevice {
  /** Such as `0000:03:00.0`; for messages. */
  readonly place: string;
  /** 256 or 4096 bytes. */
  readonly config: Uint8Array;
  /** Sizes of BARs in bytes, by number; BARs that are not there are missing. */
  readonly sizes: ReadonlyMap<number, number>;
}

/** A twin of a real device. `note` is told what the twin cannot have. */
export function shapeOfConfig(device: RealDevice, note: (line: string) => void): Shape {
  const { place, config, sizes } = device;
  if (config.length < 256) {
    throw new UsageFailure(`${place}: only ${config.length} bytes of its configuration space are readable`, [
      'Run as root, and make files with: lspci -vvxxxx',
    ]);
  }
  const view = new DataView(config.buffer, config.byteOffset, config.length);
  if ((view.getUint8(0x0e) & 0x7f) !== 0) throw new UsageFailure(`${place} is a bridge; clone a device behind it`);
  const vendor = view.getUint16(0, true);
  const id = view.getUint16(2, true);
  const hexId = (value: number) => value.toString(16).padStart(4, '0');
  const pin = PINS[view.getUint8(0x3d)];
  if (view.getUint32(0x30, true) !== 0) note(`${place}: it has an expansion ROM; the twin has none`);
  return {
    name: `clone-${hexId(vendor)}-${hexId(id)}`,
    identity: {
      vendor,
      device: id,
      class: view.getUint32(8, true) >>> 8,
      revision: view.getUint8(8),
      subsystemVendor: view.getUint16(0x2c, true),
      subsystem: view.getUint16(0x2e, true),
    },
    bars: barsOf(view, sizes, place, note),
    interrupts: pin === undefined ? {} : { intx: pin },
    config: storeConfig(config),
  };
}

function barsOf(
  view: DataView,
  sizes: ReadonlyMap<number, number>,
  place: string,
  note: (line: string) => void,
): ShapeBar[] {
  const bars: ShapeBar[] = [];
  for (let index = 0; index < 6; index++) {
    const register = view.getUint32(0x10 + 4 * index, true);
    const size = sizes.get(index);
    const wide = (register & 7) === 4;
    if ((register & 1) !== 0) {
      const fits = Math.min(MAX_IO_BAR, size ?? MAX_IO_BAR);
      if (fits !== size)
        note(`${place}: BAR ${index} has ${size ?? 'an unknown number of'} ports, that of the twin ${fits}`);
      bars.push({ index, size: fits, bits: 32, prefetchable: false, io: true, registers: [] });
    } else if (size !== undefined) {
      const fits = Math.min(MAX_BAR, Math.max(MIN_BAR, size));
      if (fits !== size) note(`${place}: BAR ${index} has ${size} bytes, that of the twin ${fits}`);
      bars.push({ index, size: fits, bits: wide ? 64 : 32, prefetchable: (register & 8) !== 0, registers: [] });
    } else if ((register & ~0xf) !== 0) {
      throw new UsageFailure(`${place}: the size of BAR ${index} is not known`, ['Make the file with: lspci -vvxxxx']);
    }
    if (wide) index++;
  }
  return bars;
}
