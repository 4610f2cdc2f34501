import { type BarSpec, bar, type DeviceDefinition, defineDevice, deviceSpec, type Identity } from '@pciem/sdk';
import { z } from 'zod';

/** A BAR by size alone. */
export interface BarShape {
  readonly index: BarSpec['index'];
  /** Bytes. */
  readonly size: number;
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
}

/** A device of which no more is known than its ids and the sizes of its BARs. */
export function blankDevice(name: string, identity: Identity, bars: readonly BarShape[]): DeviceDefinition {
  return defineDevice({
    name,
    options: z.strictObject({}),
    device: () =>
      deviceSpec({
        identity,
        bars: bars.map(({ index, ...options }) => bar(index, options)),
        interrupts: { intx: 'A', msi: 1 },
      }),
  });
}
