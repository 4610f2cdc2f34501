import type { AnswerSpec, RuleSpec } from '../rules/schema.ts';
import type { Poll } from './poll-tracker.ts';

const TRIES = 2;
const COUNTER_TRIES = 16;

/** An answer to try. */
export interface Candidate {
  /** For people: `bit 0 set`. */
  readonly what: string;
  readonly answer: AnswerSpec;
  /** Reads that it is given to: the first one may come too early, and a counter shows only after some. */
  readonly tries: number;
}

/**
 * Answers that may release a driver, most likely first. A bit that the driver has set itself in the register that it
 * polls is mostly one that the device clears; then come, in this order, bits set, bits cleared, the value that was
 * written before, a counter.
 */
export function candidatesFor({ bar, offset, size, trigger }: Poll, value: number): Candidate[] {
  const bits = Array.from({ length: size * 8 }, (_, bit) => bit);
  const isSet = (bit: number) => Math.floor(value / 2 ** bit) % 2 === 1;
  const own = trigger?.bar === bar && trigger.offset === offset;
  const written = own ? trigger.value : 0;
  const cleared = (bit: number) => ({ what: `bit ${bit} clear`, answer: { clear: 2 ** bit } });
  const isSelfClearing = (bit: number) => isSet(bit) && Math.floor(written / 2 ** bit) % 2 === 1;
  return [
    ...bits.filter(isSelfClearing).map(cleared),
    ...bits.filter((bit) => !isSet(bit)).map((bit) => ({ what: `bit ${bit} set`, answer: { set: 2 ** bit } })),
    ...bits.filter((bit) => isSet(bit) && !isSelfClearing(bit)).map(cleared),
    ...(trigger && !own ? [{ what: 'what was written', answer: { value: trigger.value } }] : []),
    { what: 'a counter', answer: { value, increment: 1 }, tries: COUNTER_TRIES },
    { what: 'all ones', answer: { value: 2 ** (size * 8) - 1 } },
    { what: 'zero', answer: { value: 0 } },
  ].map(({ tries = TRIES, ...candidate }: Omit<Candidate, 'tries'> & { tries?: number }) => ({ ...candidate, tries }));
}

/** The rule that gives an answer from the write before the poll on. */
export function ruleFor({ bar, offset, trigger, register }: Poll, { what, answer }: Candidate): RuleSpec {
  const after = trigger && { bar: trigger.bar, offset: trigger.offset, value: trigger.value };
  return {
    name: `${register}: ${what}${trigger ? ` after ${trigger.register} = 0x${trigger.value.toString(16)}` : ''}`,
    match: { bar, offset, ...(after && { after }) },
    answer,
  };
}

/** What candidates come to, in a few words: masks of single bits, then the others. */
export function triedBy(candidates: readonly Candidate[]): string {
  const mask = (of: 'set' | 'clear') => candidates.reduce((bits, { answer }) => bits + Number(answer[of] ?? 0), 0);
  const hex = (bits: number) => `0x${bits.toString(16)}`;
  const others = candidates.filter(({ answer }) => answer.set === undefined && answer.clear === undefined);
  return [`bits ${hex(mask('set'))} set`, `bits ${hex(mask('clear'))} clear`, ...others.map(({ what }) => what)].join(
    ', ',
  );
}
