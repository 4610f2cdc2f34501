import type { Effect, Trigger } from './format.ts';
import type { Recording } from './recording.ts';
import { type Piece, piecesOf } from './series.ts';

/** Part of the asserted times that has to have an access, for that to be what takes the level back, */
const SUPPORT = 0.5;
/** part of them that has to have it at the end, for a device that is quick, */
const QUICK = 0.8;
/** and part of all such accesses that has to be in asserted times. */
const PRECISION = 0.5;

/** What the driver did while INTx was asserted. */
type Asserted = readonly Piece[];

/** What came to be known of one kind of access. */
interface Candidate {
  readonly trigger: Trigger;
  /** Asserted times that have it, */
  readonly times: number;
  /** and the sum of its places in them. */
  readonly places: number;
}

/**
 * The access that makes the device deassert INTx: the last one before it, if that is mostly the same; a device may also
 * take its time, and then it is the access that all of the asserted times have, the earliest of several.
 */
export function learnDeassert(recordings: readonly Recording[]): Effect | undefined {
  const times = recordings.flatMap(assertedTimes).filter((pieces) => pieces.length > 0);
  const totals = countAll(recordings);
  const last = best(
    times.map((pieces) => pieces.slice(-1)),
    totals,
  );
  const chosen = last && last.times >= QUICK * times.length ? last : best(times, totals);
  if (!chosen || chosen.times < SUPPORT * times.length) return undefined;
  return { after: chosen.trigger, interrupt: 'deassert', delay: 0 };
}

/** How often the driver makes each kind of access. */
function countAll(recordings: readonly Recording[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { events } of recordings) {
    for (const piece of events.flatMap(piecesOf)) totals.set(keyOf(piece), (totals.get(keyOf(piece)) ?? 0) + 1);
  }
  return totals;
}

function keyOf({ write, bar, offset }: Piece): string {
  return `${write} ${bar} ${offset}`;
}

function assertedTimes({ events }: Recording): Asserted[] {
  const times: Asserted[] = [];
  let current: Piece[] | undefined;
  for (const event of events) {
    if (event.kind === 'assert') current ??= [];
    else if (event.kind === 'deassert') {
      if (current) times.push(current);
      current = undefined;
    } else current?.push(...piecesOf(event));
  }
  return times;
}

/** The access that most of the asserted times have; of equals the earliest. */
function best(times: readonly Asserted[], totals: ReadonlyMap<string, number>): Candidate | undefined {
  const candidates = new Map<string, Candidate>();
  for (const pieces of times) {
    const seen = new Set<string>();
    for (const [place, piece] of pieces.entries()) {
      const key = keyOf(piece);
      if (seen.has(key)) continue;
      seen.add(key);
      const { write, bar, offset } = piece;
      const trigger: Trigger = { access: write ? 'write' : 'read', bar, offset };
      const known = candidates.get(key) ?? { trigger, times: 0, places: 0 };
      candidates.set(key, { trigger, times: known.times + 1, places: known.places + place });
    }
  }
  return [...candidates]
    .filter(([key, { times: inTime }]) => inTime >= PRECISION * (totals.get(key) ?? 0))
    .map(([, candidate]) => candidate)
    .sort((a, b) => b.times - a.times || a.places / a.times - b.places / b.times)[0];
}
