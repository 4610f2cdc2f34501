import { type DeviceDefinition, defineDevice, deviceSpec } from '@pciem/sdk';
import { deviceFromMap } from '@pciem/sdk/maps';
import { z } from 'zod';
import { rawConfigOf } from '../clone/stored-config.ts';
import type { Shape } from './shape.ts';

/** A device that looks as a shape says; its registers are memory, as far as no map says otherwise. */
export function shapeDevice(shape: Shape): DeviceDefinition {
  const { name, identity, bars, interrupts = { intx: 'A', msi: 1 }, config } = shape;
  const registers = deviceFromMap({ name, identity, interrupts: {}, bars });
  return defineDevice({
    name,
    options: z.strictObject({}),
    device: () =>
      deviceSpec({
        identity,
        bars: registers.build({} as never).bars,
        interrupts: config ? pinOnly(interrupts) : interrupts,
        ...(config && { rawConfig: rawConfigOf(config, bars) }),
      }),
  });
}

function pinOnly({ intx }: NonNullable<Shape['interrupts']>): NonNullable<Shape['interrupts']> {
  return intx === undefined ? {} : { intx };
}
