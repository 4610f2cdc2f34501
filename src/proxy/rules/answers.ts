import { CompletionStatus } from '@pciem/sdk';
import type { ModelAccess, ModelSession } from '../core/source.ts';
import { type Place, withFields } from './places.ts';
import type { AnswerSpec } from './schema.ts';

/** What an answer remembers; outlives a reload of the rules. */
export interface AnswerState {
  /** Answers given. */
  given: number;
  /** The last one. */
  last: number;
  /** Of the random numbers. */
  seed: number;
}

export function newAnswerState(spec: AnswerSpec | undefined): AnswerState {
  return { given: 0, last: 0, seed: spec?.random?.seed ?? 0 };
}

/** What a rule answers to a read: a value, or a completion status. */
export function answerOf(
  spec: AnswerSpec,
  access: ModelAccess,
  place: Place,
  session: ModelSession,
  state: AnswerState,
): { value?: number; status?: number } {
  const { status } = spec;
  if (status !== undefined) return { status: CompletionStatus[status] };
  const shift = 8 * (access.offset - place.offset);
  const value = answerValue(spec, access, place, session, state);
  state.given++;
  state.last = value;
  return { value: Number((BigInt(value) >> BigInt(Math.max(0, shift))) & 0xffff_ffffn) };
}

function answerValue(
  spec: AnswerSpec,
  access: ModelAccess,
  place: Place,
  session: ModelSession,
  state: AnswerState,
): number {
  const { bar, offset, bytes } = place;
  const stored = () => session.peek(bar, offset, bytes || access.size);
  let value = spec.value ?? baseOf(spec, session, place, state) ?? stored();
  if (spec.fields) value = withFields(value, spec.fields, place, 'answer.fields');
  if (spec.set !== undefined) value = Number(BigInt(value) | BigInt(spec.set));
  if (spec.clear !== undefined) value = Number(BigInt(value) & ~BigInt(spec.clear));
  if (spec.increment !== undefined) value = state.given === 0 ? value : state.last + spec.increment;
  return value;
}

function baseOf(spec: AnswerSpec, session: ModelSession, place: Place, state: AnswerState): number | undefined {
  if (spec.echo) return session.written(place.bar, place.offset);
  if (spec.random) return random(spec.random, state);
  const { sequence } = spec;
  if (!sequence) return undefined;
  const index = spec.end === 'repeat' ? state.given % sequence.length : Math.min(state.given, sequence.length - 1);
  return sequence[index];
}

/** Mulberry32: short, and the same everywhere. */
function random(
  { min = 0, max = 0xffff_ffff }: { min?: number | undefined; max?: number | undefined },
  state: AnswerState,
): number {
  state.seed = (state.seed + 0x6d2b_79f5) >>> 0;
  let mixed = Math.imul(state.seed ^ (state.seed >>> 15), state.seed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  return min + Math.floor(unit * (max - min + 1));
}
