import { type Behaviour, toRuns, valueAt } from './format.ts';
import { lastWrites, type ReadSample, type WriteSample } from './series.ts';

/** A guess at what a register does. */
export interface Guess {
  readonly behaviour: Behaviour;
  /** Reads that it does not explain. */
  readonly errors: number;
  /** Numbers that it takes to write down: of two that explain the same, the shorter one is right. */
  readonly length: number;
}

/** What the registers that are written hold, for guesses. */
export interface WrittenPlace {
  readonly bar: number;
  readonly offset: number;
  readonly samples: readonly WriteSample[];
}

export function guessConstant(samples: readonly ReadSample[]): Guess {
  const value = mostCommon(samples.map((sample) => sample.value));
  return {
    behaviour: { is: 'constant', value },
    errors: samples.filter((each) => each.value !== value).length,
    length: 1,
  };
}

/** How often a bit was seen to be what. */
interface BitCounts {
  bit: number;
  mask: number;
  inverted: number;
  ones: number;
  zeros: number;
}

/** As written or inverted; single bits may do otherwise, or be always 0 or always 1, which makes it less likely. */
export function guessLastWritten(samples: readonly ReadSample[], writes: readonly WriteSample[], size: number): Guess {
  const last = lastWrites(samples, writes);
  const before = samples.filter((_, i) => last[i] === undefined).map((sample) => sample.value);
  const counts = Array.from({ length: size * 8 }, (_, bit) => countBit(bit, samples, last));
  const sum = (of: 'mask' | 'inverted') => counts.reduce((total, each) => total + each[of], 0);
  const usual = sum('inverted') > sum('mask') ? 'inverted' : 'mask';
  const bits = { mask: 0, inverted: 0, ones: 0, zeros: 0 };
  let others = 0;
  for (const each of counts) {
    const best = kinds.reduce(
      (winner, kind) => (each[kind] > each[winner] ? kind : winner),
      usual as keyof typeof bits,
    );
    if (best !== usual) others++;
    bits[best] += 2 ** each.bit;
  }
  const { mask, inverted, ones } = bits;
  const reset = before.length > 0 ? mostCommon(before) : 0;
  const behaviour: Behaviour = { is: 'last-written', mask, inverted, ones, reset };
  const errors = samples.filter(({ value }, i) => value !== lastWritten(behaviour, last[i]?.value)).length;
  return { behaviour, errors, length: 4 + others };
}

const kinds = ['mask', 'inverted', 'ones', 'zeros'] as const;

function countBit(bit: number, samples: readonly ReadSample[], last: readonly (WriteSample | undefined)[]): BitCounts {
  const counts = { bit, mask: 0, inverted: 0, ones: 0, zeros: 0 };
  samples.forEach(({ value }, i) => {
    const write = last[i];
    if (!write) return;
    const isSet = hasBit(value, bit);
    counts[isSet ? 'ones' : 'zeros']++;
    counts[isSet === hasBit(write.value, bit) ? 'mask' : 'inverted']++;
  });
  return counts;
}

export function lastWritten(
  { mask, inverted, ones, reset }: Extract<Behaviour, { is: 'last-written' }>,
  written: number | undefined,
): number {
  if (written === undefined) return reset;
  const bits = BigInt(written);
  return Number((bits & BigInt(mask)) | (~bits & BigInt(inverted)) | BigInt(ones));
}

export function guessCounter(samples: readonly ReadSample[]): Guess | undefined {
  const [first, second] = samples;
  if (!first || !second || samples.length < 4 || second.run !== first.run) return undefined;
  const step = second.value - first.value;
  if (step === 0) return undefined;
  const expected = indicesInRun(samples).map((index) => first.value + step * index);
  const errors = samples.filter(({ value }, i) => value !== expected[i]).length;
  // One that does not count most of the time is none.
  if (errors * 20 > samples.length) return undefined;
  return { behaviour: { is: 'counter', start: first.value, step }, errors, length: 2 };
}

/** One after the other, the same in every capture. */
export function guessSequence(samples: readonly ReadSample[]): Guess {
  const indices = indicesInRun(samples);
  const table = new Votes();
  samples.forEach(({ value }, i) => {
    table.add(indices[i] as number, value);
  });
  const values = toRuns(table.winners());
  const errors = samples.filter(({ value }, i) => value !== valueAt(values, indices[i] as number)).length;
  return { behaviour: { is: 'sequence', values }, errors, length: runLength(values) };
}

/** A table by the value that was last written to a place, and how often it was read since. */
export function guessFunction(samples: readonly ReadSample[], of: WrittenPlace, restarts: boolean): Guess | undefined {
  const last = lastWrites(samples, of.samples);
  if (last.every((write) => write === undefined)) return undefined;
  const cases = new Map<number | undefined, Votes>();
  const counts = new Map<string, number>();
  const places = samples.map(({ run }, i) => {
    const write = last[i];
    const identity = restarts ? `${run} ${write?.at}` : `${run} ${write?.value}`;
    const index = counts.get(identity) ?? 0;
    counts.set(identity, index + 1);
    return { key: write?.value, index };
  });
  samples.forEach(({ value }, i) => {
    const { key, index } = places[i] as (typeof places)[number];
    const votes = cases.get(key) ?? new Votes();
    cases.set(key, votes);
    votes.add(index, value);
  });
  const tables = new Map([...cases].map(([key, votes]) => [key, toRuns(votes.winners())]));
  const errors = samples.filter(({ value }, i) => {
    const { key, index } = places[i] as (typeof places)[number];
    return value !== valueAt(tables.get(key) ?? [0], index);
  }).length;
  const before = tables.get(undefined);
  const known = [...tables].filter((entry): entry is [number, (typeof entry)[1]] => entry[0] !== undefined);
  const length = known.reduce((sum, [, runs]) => sum + 1 + runLength(runs), 2 + (before ? runLength(before) : 0));
  return {
    behaviour: {
      is: 'function',
      of: { bar: of.bar, offset: of.offset },
      restarts,
      ...(before && { before }),
      cases: known.map(([written, values]) => ({ written, values })),
      otherwise: mostCommon(samples.map(({ value }) => value)),
    },
    errors,
    length,
  };
}

/** Counts which values are seen at which index. */
class Votes {
  readonly #seen: Map<number, number>[] = [];

  add(index: number, value: number): void {
    while (this.#seen.length <= index) this.#seen.push(new Map());
    const votes = this.#seen[index] as Map<number, number>;
    votes.set(value, (votes.get(value) ?? 0) + 1);
  }

  winners(): number[] {
    return this.#seen.map((votes) => [...votes].reduce((best, each) => (each[1] > best[1] ? each : best))[0]);
  }
}

function indicesInRun(samples: readonly ReadSample[]): number[] {
  const counts = new Map<number, number>();
  return samples.map(({ run }) => {
    const index = counts.get(run) ?? 0;
    counts.set(run, index + 1);
    return index;
  });
}

function runLength(runs: readonly unknown[]): number {
  return runs.length * 2;
}

function mostCommon(list: readonly number[]): number {
  const votes = new Votes();
  for (const value of list) votes.add(0, value);
  return votes.winners()[0] ?? 0;
}

function hasBit(value: number, bit: number): boolean {
  return Math.floor(value / 2 ** bit) % 2 === 1;
}
