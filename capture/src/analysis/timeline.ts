import { type Analysis, assertedWire, type Frame, type Problem, type Transaction } from './frame.ts';
import { type ScanOptions, type ScanResult, scan } from './scan.ts';
import { TimeSeries } from './time-series.ts';

/** What a lane shows, and what its numbers are. */
const LANES = [
  ['config', 'requests'],
  ['register reads', 'requests'],
  ['register writes', 'requests'],
  ['DMA reads', 'bytes'],
  ['DMA writes', 'bytes'],
  ['interrupts', 'requests'],
  ['problems', 'times'],
] as const;

export type LaneName = (typeof LANES)[number][0];

/** One kind of activity over time. */
export interface TimelineLane {
  name: LaneName;
  unit: string;
  /** In each column. */
  values: number[];
  total: number;
  /** First packet of this kind; 0 for none. */
  firstFrame: number;
}

export interface Timeline {
  /** Nanoseconds since the first packet: where the first column starts and the last one ends. */
  from: number;
  to: number;
  lanes: TimelineLane[];
}

/** What happened when in a capture file, in `columns` columns. */
export async function analyzeTimeline(path: string, columns: number, options?: ScanOptions): Promise<Timeline> {
  const lanes = new Lanes();
  return lanes.report(columns, await scan(path, [lanes], options));
}

class Lane {
  readonly series = new TimeSeries('sum', 4096);
  total = 0;
  firstFrame = 0;

  add(time: number, value: number, frame: number): void {
    if (this.firstFrame === 0) this.firstFrame = frame;
    this.total += value;
    this.series.add(time, value);
  }
}

/** Adds up activity over time by kind. */
export class Lanes implements Analysis {
  readonly #lanes = new Map(LANES.map(([name]) => [name, new Lane()] as const));
  readonly #config = this.#lane('config');
  readonly #reads = this.#lane('register reads');
  readonly #writes = this.#lane('register writes');
  readonly #dmaReads = this.#lane('DMA reads');
  readonly #dmaWrites = this.#lane('DMA writes');
  readonly #interrupts = this.#lane('interrupts');
  readonly #problems = this.#lane('problems');

  packet(frame: Frame): void {
    if (assertedWire(frame) >= 0) this.#interrupts.add(frame.time, 1, frame.number);
  }

  transaction(transaction: Transaction, _frame: Frame): void {
    const { time, requestFrame, from, address, write, name, size } = transaction;
    if (name === 'MSI') this.#interrupts.add(time, 1, requestFrame);
    else if (from === 'device') (write ? this.#dmaWrites : this.#dmaReads).add(time, size, requestFrame);
    else if (address < 0) this.#config.add(time, 1, requestFrame);
    else (write ? this.#writes : this.#reads).add(time, 1, requestFrame);
  }

  problem({ time, frame, kind, count }: Problem): void {
    if (kind !== 'damaged file' && kind !== 'file cut off') this.#problems.add(time, count, frame);
  }

  report(columns: number, { firstTime: from, lastTime: to }: ScanResult): Timeline {
    const lanes = LANES.map(([name, unit]) => {
      const { series, total, firstFrame } = this.#lane(name);
      return { name, unit, values: series.columns(columns, from, to), total, firstFrame };
    });
    return { from, to, lanes };
  }

  #lane(name: LaneName): Lane {
    return this.#lanes.get(name) as Lane;
  }
}
