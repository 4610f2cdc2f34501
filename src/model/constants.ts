import type { LearnedModel, Trigger } from './format.ts';

type Place = Pick<Trigger, 'bar' | 'offset'>;

/** Values of dwords, by BAR and offset. */
export type Constants = ReadonlyMap<number, ReadonlyMap<number, number>>;

/**
 * The dwords of which a model says nothing but a value, and that nothing else in it depends on: the host can answer them
 * by itself. A driver may read many of them in a row with interrupts off, and then waits for nobody.
 */
export function constantsOf({ registers, effects }: LearnedModel): Constants {
  const used = new Set<string>();
  const use = (place: Place | undefined) => place && used.add(keyOf(place));
  for (const register of registers) {
    if (register.is === 'function') use(register.of);
    if (register.is !== 'constant') use(register);
  }
  for (const { after, dma } of effects) {
    use(after);
    use(dma?.base);
    // Its upper half.
    use(dma && { ...dma.base, offset: dma.base.offset + 4 });
    if (typeof dma?.length === 'object') use(dma.length);
  }
  const constants = new Map<number, Map<number, number>>();
  for (const register of registers) {
    if (register.is !== 'constant' || used.has(keyOf(register))) continue;
    const dwords = constants.get(register.bar) ?? new Map<number, number>();
    constants.set(register.bar, dwords);
    const at = dwordOf(register.offset);
    dwords.set(at, ((dwords.get(at) ?? 0) | (register.value << (8 * (register.offset - at)))) >>> 0);
  }
  return constants;
}

function keyOf({ bar, offset }: Place): string {
  return `${bar} ${dwordOf(offset)}`;
}

function dwordOf(offset: number): number {
  return offset - (offset % 4);
}
