import type { FunctionLayout } from '../compile/layout.ts';
import type { SpaceImage } from '../config/header.ts';
import { describeFunction } from './describe.ts';

const TABLES = ['image', 'writeMask', 'w1cMask', 'rcMask'] as const satisfies readonly (keyof SpaceImage)[];

/** Whether two functions are alike in everything but their handlers: identity, BARs, registers, images and masks. */
export function sameStructure(one: FunctionLayout, other: FunctionLayout | undefined): boolean {
  if (!other || declared(one) !== declared(other)) return false;
  return [...one.spaces].every(([space, tables]) => {
    const others = other.spaces.get(space);
    return others !== undefined && TABLES.every((table) => sameBytes(tables[table], others[table]));
  });
}

function declared(layout: FunctionLayout): string {
  const { bars } = layout;
  const ranges = bars.map((bar) =>
    Object.entries(bar.ranges).map(([name, { offset, length, memory }]) => [bar.index, name, offset, length, memory]),
  );
  const cached = bars.map((bar) => bar.cached);
  return JSON.stringify([describeFunction('', layout, { domain: 0, bus: 0, device: 0, function: 0 }), ranges, cached]);
}

function sameBytes(one: DataView, other: DataView): boolean {
  return Buffer.compare(new Uint8Array(one.buffer), new Uint8Array(other.buffer)) === 0;
}
