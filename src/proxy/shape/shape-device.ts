import { type DeviceDefinition, defineDevice, deviceSpec, type RawConfig } from '@pciem/sdk';
import { deviceFromMap } from '@pciem/sdk/maps';
import { z } from 'zod';
import type { Shape, StoredConfig } from './shape.ts';

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
        ...(config && { rawConfig: rawConfig(config) }),
      }),
  });
}

function pinOnly({ intx }: NonNullable<Shape['interrupts']>): NonNullable<Shape['interrupts']> {
  return intx === undefined ? {} : { intx };
}

function rawConfig({ image, writeMask, w1cMask, msix }: StoredConfig): RawConfig {
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
  return { image: bytes(image), writeMask: bytes(writeMask), w1cMask: bytes(w1cMask), ...(msix && { msix }) };
}
