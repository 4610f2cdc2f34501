import type { DeviceMapBody } from '@pciem/capture';
import type { MapRegister } from '@pciem/sdk/maps';
import type { Recording } from '../../model/recording.ts';
import type { Shape } from '../shape/shape.ts';
import { storeConfig } from './stored-config.ts';

const PINS = [undefined, 'A', 'B', 'C', 'D'] as const;
const INTERRUPT_PIN = 0x3d;

/** A twin of a captured device: its map, and configuration space as far as it was read. */
export function shapeOfRecording({ map, config, configKnown }: Recording): Shape {
  const bars = map.bars.map((bar) => ({
    index: bar.index,
    size: bar.size,
    bits: bar.bits,
    prefetchable: bar.prefetchable,
    ...(bar.kind === 'io' && { io: true }),
    registers: registersOf(map, bar.index),
  }));
  const pin = PINS[config[INTERRUPT_PIN] as number];
  return {
    name: map.name,
    identity: {
      vendor: map.vendor,
      device: map.deviceId,
      class: map.class,
      revision: map.revision,
      subsystemVendor: map.subsystemVendor,
      subsystem: map.subsystem,
    },
    bars,
    interrupts: pin === undefined ? {} : { intx: pin },
    // Without enumeration in the capture nothing is known of it.
    ...(configKnown[0x34] && { config: storeConfig(config) }),
  };
}

function registersOf(map: DeviceMapBody, bar: number): MapRegister[] {
  let end = 0;
  const apart = map.registers
    .filter(({ space, offset, width }) => space === bar && offset % width === 0)
    .sort((a, b) => a.offset - b.offset)
    .filter(({ offset, width, count = 1, stride = width }) => {
      // Names of captures may overlap, registers of a device may not.
      if (offset < end) return false;
      end = offset + (count - 1) * stride + width;
      return true;
    });
  return apart.map(({ name, offset, width, count, stride, fields = [] }) => ({
    name: name.replaceAll('{n}', ''),
    offset,
    width: (width * 8) as MapRegister['width'],
    reset: 0,
    access: 'rw',
    fields,
    ...(count !== undefined && count > 1 && { count, stride: stride ?? width }),
  }));
}
