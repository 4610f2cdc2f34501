import { type BarSpec, type DeviceDefinition, defineDevice, deviceSpec } from '@pciem/sdk';
import { deviceFromMap } from '@pciem/sdk/maps';
import { z } from 'zod';
import { rawConfigOf } from '../clone/stored-config.ts';
import type { Shape, ShapeBar } from './shape.ts';

const MIN_BAR = 4096;

/** A device that looks as a shape says; its registers are memory, as far as no map says otherwise. */
export function shapeDevice(shape: Shape): DeviceDefinition {
  const { name, identity, bars, interrupts = { intx: 'A', msi: 1 }, config } = shape;
  // Maps know memory space only.
  const mapped = bars.map((bar) => (bar.io ? { ...bar, size: MIN_BAR } : bar));
  const registers = deviceFromMap({ name, identity, interrupts: {}, bars: mapped });
  return defineDevice({
    name,
    options: z.strictObject({}),
    device: () =>
      deviceSpec({
        identity,
        bars: registers.build({} as never).bars.map((spec, n) => inItsSpace(spec, bars[n])),
        interrupts: config ? pinOnly(interrupts) : interrupts,
        ...(config && { rawConfig: rawConfigOf(config, bars) }),
      }),
  });
}

function inItsSpace(spec: BarSpec, shape: ShapeBar | undefined): BarSpec {
  return shape?.io ? { ...spec, kind: 'io', size: shape.size } : spec;
}

function pinOnly({ intx }: NonNullable<Shape['interrupts']>): NonNullable<Shape['interrupts']> {
  return intx === undefined ? {} : { intx };
}
