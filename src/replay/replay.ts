import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { type DeviceDefinition, DeviceInstance } from '@pciem/sdk';
import type { RecordedEvent, Recording } from '../model/recording.ts';
import { RegisterNames } from '../proxy/core/register-names.ts';
import { ReplayHost } from './replay-host.ts';

const CONFIG_SPACE = 7;
/** Milliseconds from which on a pause of the driver is waited for: devices with timers need it. */
const PAUSE = 0.1;
const RESET_KINDS = ['flr', 'bus', 'd3'] as const;

export interface ReplayOptions {
  /** How much faster than in the capture pauses of the driver pass; 1 when left out. */
  readonly speed?: number;
  /** Longest pause, milliseconds; 10 s when left out. */
  readonly maxPause?: number;
  /** Registers whose values are not compared, by name in lower case. */
  readonly ignore?: ReadonlySet<string>;
  /** Milliseconds within which a read has to be answered. */
  readonly timeout?: number;
  /** Told now and then how many of how many events are done. */
  readonly progress?: (done: number, of: number) => void;
}

/** What the device does otherwise than in the capture. */
export interface Difference {
  /** Packet in the capture; 0 if it is in none. */
  frame: number;
  /** Register, `DMA` or `interrupts`. */
  what: string;
  /** Of reads, hexadecimal. */
  expected?: string;
  actual?: string;
  text: string;
}

/** What became of a replay. */
export interface ReplayResult {
  /** Accesses of the driver that were played, */
  accesses: number;
  /** the reads among them, */
  reads: number;
  /** and those whose value was as in the capture. */
  equal: number;
  /** Reads by register, with how many were different. */
  registers: { name: string; reads: number; different: number }[];
  dmaBytes: number;
  interrupts: { expected: number; actual: number };
  differences: Difference[];
  /** Exceptions of the device's code. */
  errors: string[];
}

/** Plays the driver's side of a recording against a device, and compares what the device does. */
export async function replay(
  { map, events }: Recording,
  definition: DeviceDefinition,
  settings: Readonly<Record<string, unknown>>,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const host = new ReplayHost(new DeviceInstance(definition, settings), events);
  const player = new Player(host, new RegisterNames(map), options);
  try {
    let last = events[0]?.time ?? 0;
    for (const [index, event] of events.entries()) {
      await pause((event.time - last) / 1e6, options);
      last = event.time;
      await player.play(event);
      if (index % 64 === 0) options.progress?.(index, events.length);
    }
    // What the device does last has no access after it.
    await sleep(50);
  } finally {
    host.close();
  }
  return player.result(events);
}

class Player {
  readonly #host: ReplayHost;
  readonly #names: RegisterNames;
  readonly #options: ReplayOptions;
  readonly #registers = new Map<string, { name: string; reads: number; different: number }>();
  readonly #differences: Difference[] = [];
  #accesses = 0;

  constructor(host: ReplayHost, names: RegisterNames, options: ReplayOptions) {
    this.#host = host;
    this.#names = names;
    this.#options = options;
  }

  async play(event: RecordedEvent): Promise<void> {
    if (event.kind === 'write') this.#write(event);
    else if (event.kind === 'read') await this.#read(event);
    // The configuration write that asks for an FLR has been played.
    else if (event.kind === 'reset' && event.reset > 0) this.#host.reset(RESET_KINDS[event.reset] ?? 'bus');
  }

  result(events: readonly RecordedEvent[]): ReplayResult {
    const registers = [...this.#registers.values()];
    const sum = (of: 'reads' | 'different') => registers.reduce((total, each) => total + each[of], 0);
    const interrupts = this.#interrupts(events);
    const dma = [...this.#host.differences, ...this.#host.missing()].map((each) => ({ ...each, what: 'DMA' }));
    return {
      accesses: this.#accesses,
      reads: sum('reads'),
      equal: sum('reads') - sum('different'),
      registers,
      dmaBytes: this.#host.dmaBytes,
      interrupts: interrupts.counts,
      differences: [...this.#differences, ...dma, ...interrupts.differences],
      errors: this.#host.errors.map(
        ({ error, where }) => `${where}: ${error instanceof Error ? error.message : error}`,
      ),
    };
  }

  #write({ space, offset, size, value }: Extract<RecordedEvent, { kind: 'read' | 'write' }>): void {
    this.#accesses++;
    const host = this.#host;
    const low = Number(value & 0xffff_ffffn);
    if (space === CONFIG_SPACE) {
      if (size === 1) host.writeConfig8(offset, low);
      else if (size === 2) host.writeConfig16(offset, low);
      else host.writeConfig32(offset, low);
    } else if (size === 8) host.write64(space, offset, value);
    else if (size === 4) host.write32(space, offset, low);
    else if (size === 2) host.write16(space, offset, low);
    else host.write8(space, offset, low);
  }

  async #read(event: Extract<RecordedEvent, { kind: 'read' | 'write' }>): Promise<void> {
    const { space, offset, size, value, failed, frame } = event;
    this.#accesses++;
    const actual = await this.#valueOf(space, offset, size);
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

  async #valueOf(space: number, offset: number, size: number): Promise<bigint> {
    const host = this.#host;
    if (space !== CONFIG_SPACE) {
      return BigInt.asUintN(
        size * 8,
        await host.readLater(space, offset, size as 1 | 2 | 4 | 8, this.#options.timeout),
      );
    }
    if (size === 1) return BigInt(host.readConfig8(offset));
    return BigInt(size === 2 ? host.readConfig16(offset) : host.readConfig32(offset));
  }

  #interrupts(events: readonly RecordedEvent[]) {
    const expected = count(events.flatMap((event) => (event.kind === 'interrupt' ? [event.vector] : [])));
    const actual = count(this.#host.irqs);
    const differences: Difference[] = [];
    for (const vector of new Set([...expected.keys(), ...actual.keys()])) {
      const [now, before] = [actual.get(vector) ?? 0, expected.get(vector) ?? 0];
      if (now === before) continue;
      differences.push({
        frame: 0,
        what: 'interrupts',
        text: `vector ${vector}: ${now} messages, in the capture ${before}`,
      });
    }
    const asserts = events.filter(({ kind }) => kind === 'assert').length;
    if (this.#host.asserts !== asserts) {
      const text = `INTx was asserted ${this.#host.asserts} times, in the capture ${asserts}`;
      differences.push({ frame: 0, what: 'interrupts', text });
    }
    const sum = (counts: Map<number, number>) => [...counts.values()].reduce((total, each) => total + each, 0);
    return { counts: { expected: sum(expected) + asserts, actual: sum(actual) + this.#host.asserts }, differences };
  }
}

/** Lets the device do what it does by itself, for as long as the driver left it alone. */
async function pause(milliseconds: number, { speed = 1, maxPause = 10_000 }: ReplayOptions): Promise<void> {
  await turn();
  await turn();
  if (milliseconds >= PAUSE) await sleep(Math.min(maxPause, milliseconds / speed));
}

function count(list: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}
