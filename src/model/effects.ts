import type { Effect, Trigger } from './format.ts';
import { learnDeassert } from './levels.ts';
import type { RecordedEvent, Recording } from './recording.ts';
import { type Piece, piecesOf } from './series.ts';

/** An effect counts as caused by an access if at least this part of such accesses had it. */
const SUPPORT = 0.5;
/** Longest time from an access to what it causes, nanoseconds. */
const WINDOW = 5e9;
/** How far behind the address in a register DMA may be, bytes. */
const REACH = 1 << 16;
/** Bytes of DMA data that a model holds for one effect. */
const MAX_BYTES = 4096;

interface Found {
  readonly effect: Omit<Effect, 'delay'>;
  readonly delays: number[];
}

/**
 * What the device does by itself, with the driver's access that it mostly follows, after the shortest time that was
 * seen: what the driver does next may wait for it.
 */
export function learnEffects(recordings: readonly Recording[]): Effect[] {
  const found = new Map<string, Found>();
  const triggers = new Map<string, number>();
  for (const { events } of recordings) new Watcher(found, triggers).watch(events);
  const effects = [...found.values()]
    .filter(({ effect, delays }) => delays.length >= SUPPORT * (triggers.get(keyOf(effect.after)) ?? 1))
    .map(({ effect, delays }) => ({ ...effect, delay: Math.round(Math.min(...delays) / 100) / 10 }));
  const deassert = learnDeassert(recordings);
  return deassert ? [...effects, deassert] : effects;
}

/** Goes through one capture. */
class Watcher {
  readonly #found: Map<string, Found>;
  readonly #triggers: Map<string, number>;
  readonly #written = new Map<string, Piece>();
  #lastWrite: Piece | undefined;
  #lastRead = '';

  constructor(found: Map<string, Found>, triggers: Map<string, number>) {
    this.#found = found;
    this.#triggers = triggers;
  }

  watch(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const [first, second] = piecesOf(event);
      if (second) this.#take(second);
      // Of an access of 8 bytes the low half is the one that says what to do.
      if (first) this.#take(first);
      if (event.kind === 'interrupt') this.#add(this.#lastWrite, event.time, { interrupt: event.vector });
      else if (event.kind === 'assert') this.#add(this.#lastWrite, event.time, { interrupt: 'assert' });
      else if (event.kind === 'dma read' || event.kind === 'dma write') this.#dma(event);
    }
  }

  #take(piece: Piece): void {
    const key = keyOf(triggerOf(piece));
    this.#triggers.set(key, (this.#triggers.get(key) ?? 0) + 1);
    if (!piece.write) return;
    this.#written.set(`${piece.bar} ${piece.offset}`, piece);
    this.#lastWrite = piece;
  }

  #dma({ kind, address, data, time }: Extract<RecordedEvent, { kind: 'dma read' | 'dma write' }>): void {
    const hex = Buffer.from(data).toString('hex');
    const direction = kind === 'dma read' ? 'read' : 'write';
    const copied = direction === 'write' && hex === this.#lastRead;
    if (direction === 'read') this.#lastRead = hex;
    const base = this.#baseOf(address);
    if (!base || data.length > MAX_BYTES) return;
    const bytes: { bytes?: string } = direction === 'write' && !copied ? { bytes: hex } : {};
    const length = bytes.bytes === undefined ? this.#lengthOf(data.length, base.base) : data.length;
    this.#add(this.#lastWrite, time, { dma: { direction, ...base, length, ...bytes } });
  }

  /** The register that holds the nearest address below; its upper half is in the next dword. */
  #baseOf(address: number): Pick<NonNullable<Effect['dma']>, 'base' | 'plus'> | undefined {
    let best: { base: { bar: number; offset: number }; plus: number } | undefined;
    for (const { bar, offset, value } of this.#written.values()) {
      const high = this.#written.get(`${bar} ${offset + 4}`)?.value ?? 0;
      for (const start of [value, value + high * 2 ** 32]) {
        const plus = address - start;
        if (start >= 4096 && plus >= 0 && plus < REACH && plus < (best?.plus ?? REACH))
          best = { base: { bar, offset }, plus };
      }
    }
    return best;
  }

  /** The register that holds a length, if there is one: the nearest to that of the address. */
  #lengthOf(bytes: number, base: { bar: number; offset: number }): NonNullable<Effect['dma']>['length'] {
    const holders = [...this.#written.values()]
      .filter(({ bar, offset, value }) => value === bytes && bar === base.bar && offset !== base.offset)
      .sort((a, b) => Math.abs(a.offset - base.offset) - Math.abs(b.offset - base.offset));
    const [nearest] = holders;
    return nearest ? { bar: nearest.bar, offset: nearest.offset } : bytes;
  }

  #add(cause: Piece | undefined, time: number, what: Omit<Effect, 'after' | 'delay'>): void {
    if (!cause || time - cause.time > WINDOW) return;
    const effect = { after: triggerOf(cause), ...what };
    const key = JSON.stringify(effect);
    const known = this.#found.get(key) ?? { effect, delays: [] };
    known.delays.push(Math.max(0, time - cause.time));
    this.#found.set(key, known);
  }
}

/** What is read depends on the device; what is written is the driver's wish. */
function triggerOf({ write, bar, offset, value }: Piece): Trigger {
  return { access: write ? 'write' : 'read', bar, offset, ...(write && { value }) };
}

function keyOf(trigger: Trigger): string {
  return JSON.stringify(trigger);
}
