import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { ResetKind } from '@pciem/sdk';
import type { RecordedEvent, Recording } from '../model/recording.ts';
import { RegisterNames } from '../proxy/core/register-names.ts';
import type { Difference, Played, RegisterReads } from './result.ts';

/** Milliseconds from which on a pause of the driver is waited for: devices with timers need it. */
const PAUSE = 0.1;
/** Milliseconds that the driver waits for an interrupt that it has waited for in the capture, once for each kind. */
const PATIENCE = 1000;
const RESET_KINDS = ['flr', 'bus', 'd3'] as const;

export interface ReplayOptions {
  /** How much faster than in the capture pauses of the driver pass; 1 when left out. */
  readonly speed?: number;
  /** Longest pause, milliseconds; 10 s when left out. */
  readonly maxPause?: number;
  /** Registers whose values are not compared, by name in lower case. */
  readonly ignore?: ReadonlySet<string>;
  /** Told now and then how many of how many events are done. */
  readonly progress?: (done: number, of: number) => void;
}

/** A vector, or the wire. */
export type InterruptSource = number | 'INTx';

/** The function that a recording is played to. Space 7 is configuration space; `size`: bytes. */
export interface ReplayTarget {
  read(space: number, offset: number, size: number): Promise<bigint>;
  write(space: number, offset: number, size: number, value: bigint): void;
  /** Not by its own registers. */
  reset(kind: ResetKind): void;
  /** How often the device has sent a message with a vector, or asserted INTx, if that can be known. */
  interrupts?(source: InterruptSource): number;
}

type Access = Extract<RecordedEvent, { kind: 'read' | 'write' }>;

/** Plays the driver's side of a recording. */
export async function play({ map, events }: Recording, target: ReplayTarget, options: ReplayOptions): Promise<Played> {
  const player = new Player(target, new RegisterNames(map), options);
  let last = events[0]?.time ?? 0;
  for (const [index, event] of events.entries()) {
    await pause((event.time - last) / 1e6, options);
    last = event.time;
    await player.play(event);
    if (index % 64 === 0) options.progress?.(index, events.length);
  }
  // What the device does last has no access after it.
  await sleep(50);
  return player.played;
}

class Player {
  readonly #target: ReplayTarget;
  readonly #names: RegisterNames;
  readonly #options: ReplayOptions;
  readonly #registers = new Map<string, RegisterReads>();
  readonly #differences: Difference[] = [];
  /** Kinds of interrupts that do not come any more. */
  readonly #missing = new Set<InterruptSource>();
  /** How many of each kind there were in the capture so far. */
  readonly #due = new Map<InterruptSource, number>();
  #accesses = 0;

  constructor(target: ReplayTarget, names: RegisterNames, options: ReplayOptions) {
    this.#target = target;
    this.#names = names;
    this.#options = options;
  }

  get played(): Played {
    return { accesses: this.#accesses, registers: [...this.#registers.values()], differences: this.#differences };
  }

  async play(event: RecordedEvent): Promise<void> {
    if (event.kind === 'write') {
      this.#accesses++;
      this.#target.write(event.space, event.offset, event.size, event.value);
    } else if (event.kind === 'read') {
      this.#accesses++;
      this.#compare(event, await this.#target.read(event.space, event.offset, event.size));
    } else if (event.kind === 'reset' && event.reset > 0) {
      // The configuration write that asks for an FLR has been played.
      this.#target.reset(RESET_KINDS[event.reset] ?? 'bus');
    } else if (event.kind === 'interrupt') {
      await this.#interrupt(event.vector);
    } else if (event.kind === 'assert') {
      await this.#interrupt('INTx');
    }
  }

  /** What the driver does next may be because of it. */
  async #interrupt(source: InterruptSource): Promise<void> {
    const due = (this.#due.get(source) ?? 0) + 1;
    this.#due.set(source, due);
    if (this.#missing.has(source)) return;
    const end = performance.now() + PATIENCE;
    while ((this.#target.interrupts?.(source) ?? due) < due) {
      if (performance.now() > end) {
        this.#missing.add(source);
        return;
      }
      await sleep(1);
    }
  }

  #compare({ space, offset, size, value, failed, frame }: Access, actual: bigint): void {
    const name = this.#names.at(space, offset).name;
    if (failed || this.#options.ignore?.has(name.toLowerCase())) return;
    const register = this.#registers.get(name) ?? { name, reads: 0, different: 0 };
    this.#registers.set(name, register);
    register.reads++;
    if (actual === value) return;
    register.different++;
    const hex = (number: bigint) => `0x${number.toString(16).padStart(size * 2, '0')}`;
    this.#differences.push({
      frame,
      what: name,
      expected: hex(value),
      actual: hex(actual),
      text: `read of ${name}: ${hex(actual)}, in the capture ${hex(value)}`,
    });
  }
}

/** Lets the device do what it does by itself, for as long as the driver left it alone. */
async function pause(milliseconds: number, { speed = 1, maxPause = 10_000 }: ReplayOptions): Promise<void> {
  await turn();
  await turn();
  if (milliseconds >= PAUSE) await sleep(Math.min(maxPause, milliseconds / speed));
}
