import type { Identity } from '@pciem/sdk';
import type { MapBar, RegisterMap } from '@pciem/sdk/maps';
import { UsageFailure } from '../../errors.ts';
import type { Shape, ShapeBar } from './shape.ts';

/** What the command line says of a device, each part of which may be missing. */
export interface ShapeParts {
  /** From a real device, a file of lspci, or a capture. */
  readonly clone?: Shape | undefined;
  readonly map?: RegisterMap | undefined;
  /** `--id`, `--class` and so on. */
  readonly identity: Partial<Identity>;
  readonly bars: readonly Omit<ShapeBar, 'registers'>[];
}

/** Puts together what is known: the command line first, then the clone, then the map. Throws a UsageFailure. */
export function buildShape({ clone, map, identity, bars }: ShapeParts): Shape {
  const who = { ...map?.identity, ...clone?.identity, ...identity };
  const { vendor, device } = who;
  if (vendor === undefined || device === undefined) {
    throw new UsageFailure('Nothing says what device to be', [
      'Give --id VENDOR:DEVICE, or --clone, --map or --learn with something that has an identity, or --device',
    ]);
  }
  const shapes = mergeBars(bars, clone?.bars ?? [], map?.bars ?? []);
  if (shapes.length === 0) throw new UsageFailure('The device has no BAR', ['Give one: --bar 0=4K']);
  const interrupts = clone?.interrupts ?? map?.interrupts;
  return {
    name: clone?.name ?? map?.name ?? 'proxy',
    identity: { ...who, vendor, device, class: who.class ?? 0xff0000 },
    bars: shapes,
    ...(interrupts && { interrupts }),
    ...(clone?.config && { config: clone.config }),
  };
}

/** Sizes from whoever says so first, registers from the map. */
function mergeBars(own: ShapeParts['bars'], cloned: readonly ShapeBar[], mapped: readonly MapBar[]): ShapeBar[] {
  const indices = [...new Set([...own, ...cloned, ...mapped].map(({ index }) => index))].sort((a, b) => a - b);
  return indices.map((index) => {
    const of = <T extends { readonly index: number }>(list: readonly T[]) => list.find((bar) => bar.index === index);
    const map = of(mapped);
    const shape = of(own) ?? of(cloned) ?? map;
    const registers = map?.registers ?? of(cloned)?.registers ?? [];
    const { size = 4096, bits = 32, prefetchable = false } = shape ?? {};
    const io = shape !== undefined && 'io' in shape && shape.io;
    const last = registers.reduce((end, { offset }) => Math.max(end, offset), 0);
    if (last >= size) {
      throw new UsageFailure(`BAR ${index} of ${size} bytes is too small for the map, which has a register at ${last}`);
    }
    return { index, size, bits, prefetchable, registers, ...(io && { io }) };
  });
}
