import type { RegisterNames } from '../core/register-names.ts';
import type { ModelAccess } from '../core/source.ts';
import { milliseconds } from './duration.ts';
import { type Place, placeOf } from './places.ts';
import type { MatchSpec } from './schema.ts';

/** Counts that outlive a reload of the rules. */
export interface MatchState {
  /** Accesses that matched but for `nth`. */
  count: number;
  /** When the write of `after` came, milliseconds; -1 if the last write there was not that one. */
  since: number;
  /** Matching reads since then. */
  reads: number;
}

export function newMatchState(): MatchState {
  return { count: 0, since: -1, reads: 0 };
}

/** Decides whether a rule is about an access. */
export class Matcher {
  readonly place: Place;
  readonly #spec: MatchSpec;
  readonly #write: boolean;
  readonly #after: Place | undefined;
  readonly #first: number;
  readonly #last: number;

  constructor(spec: MatchSpec, names: RegisterNames, where: string) {
    this.#spec = spec;
    this.place = placeOf(spec, names, where);
    this.#write = (spec.access ?? (spec.value === undefined ? 'read' : 'write')) === 'write';
    this.#after = spec.after && placeOf(spec.after, names, where);
    [this.#first, this.#last] = rangeOf(spec.nth);
  }

  matches(access: ModelAccess, state: MatchState): boolean {
    const { value, mask = 0xffff_ffff, width } = this.#spec;
    if (access.write !== this.#write || !touches(access, this.place)) return false;
    if (width !== undefined && width !== access.wholeSize * 8) return false;
    if (access.write && value !== undefined && ((access.value ^ value) & mask) !== 0) return false;
    if (!this.#isAfter(state)) return false;
    state.count++;
    return state.count >= this.#first && state.count <= this.#last;
  }

  /** Sees every write, for `after`. */
  noteWrite(access: ModelAccess, state: MatchState): void {
    const { after } = this.#spec;
    if (!after || !this.#after || !touches(access, this.#after)) return;
    const { value, mask = 0xffff_ffff } = after;
    if (value !== undefined && ((access.value ^ value) & mask) !== 0) {
      state.since = -1;
      return;
    }
    state.since = performance.now();
    state.reads = 0;
  }

  #isAfter(state: MatchState): boolean {
    const { after } = this.#spec;
    if (!after) return true;
    if (state.since < 0) return false;
    const { reads = 0, time = 0 } = after;
    state.reads++;
    return state.reads > reads && performance.now() - state.since >= milliseconds(time);
  }
}

function touches({ bar, offset, size }: ModelAccess, place: Place): boolean {
  if (bar !== place.bar) return false;
  return place.bytes === 0
    ? offset === place.offset
    : offset < place.offset + place.bytes && offset + size > place.offset;
}

function rangeOf(nth: MatchSpec['nth']): [number, number] {
  if (nth === undefined) return [1, Number.POSITIVE_INFINITY];
  if (typeof nth === 'number') return [nth, nth];
  const [first = '', last = ''] = nth.split('..');
  return [first === '' ? 1 : Number(first), last === '' ? Number.POSITIVE_INFINITY : Number(last)];
}
