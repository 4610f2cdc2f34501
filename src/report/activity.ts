import {
  type Analysis,
  assertedWire,
  type Frame,
  isNonPosted,
  type NamedRegister,
  TimeSeries,
  type Transaction,
} from '@pciem/capture';

/** Transactions shown one by one; of more, every second, fourth ... is kept. */
const MAX_SAMPLES = 4096;
const HEAT_COLUMNS = 256;
const MAX_HEAT_ROWS = 512;
const LEVEL_BUCKETS = 2048;

/** One transaction: kind (index into `SAMPLE_KINDS`), start and duration in nanoseconds, packet. */
export type Sample = [kind: number, time: number, duration: number, frame: number];

export const SAMPLE_KINDS = ['config', 'register reads', 'register writes', 'DMA reads', 'DMA writes', 'interrupts'];
const INTERRUPT = 5;

/** What happens over time, in bounded memory: single transactions, outstanding requests, accesses to registers. */
export class Activity implements Analysis {
  #samples: Sample[] = [];
  #stride = 1;
  #count = 0;
  #outstanding = 0;
  readonly outstanding = new TimeSeries('max', LEVEL_BUCKETS);
  readonly #heat = new Map<NamedRegister, { total: number; series: TimeSeries }>();

  get samples(): readonly Sample[] {
    return this.#samples;
  }

  /** Of how many transactions one is a sample. */
  get stride(): number {
    return this.#stride;
  }

  packet(frame: Frame): void {
    if (assertedWire(frame) >= 0) this.#sample(INTERRUPT, frame.time, 0, frame.number);
    if (!frame.isTlp || !isNonPosted(frame.header.fmtType)) return;
    this.#outstanding++;
    this.outstanding.add(frame.time, this.#outstanding);
  }

  transaction(transaction: Transaction): void {
    if (!transaction.posted && this.#outstanding > 0) this.#outstanding--;
    if (transaction.from === 'driver') transaction.eachRegister(this.#access);
    this.#sample(kindOf(transaction), transaction.time, transaction.response, transaction.requestFrame);
  }

  /** The registers that were accessed most, with their accesses over time. */
  heat(rows: number, columns: number, start: number, end: number): { name: string; total: number; values: number[] }[] {
    return [...this.#heat]
      .sort(([, a], [, b]) => b.total - a.total)
      .slice(0, rows)
      .map(([{ name }, { total, series }]) => ({ name, total, values: series.columns(columns, start, end) }));
  }

  #sample(kind: number, time: number, duration: number, frame: number): void {
    if (this.#count++ % this.#stride !== 0) return;
    this.#samples.push([kind, time, duration, frame]);
    if (this.#samples.length < MAX_SAMPLES) return;
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  readonly #access = (register: NamedRegister, { time }: Transaction): void => {
    let heat = this.#heat.get(register);
    if (!heat) {
      if (this.#heat.size >= MAX_HEAT_ROWS) return;
      heat = { total: 0, series: new TimeSeries('sum', HEAT_COLUMNS) };
      this.#heat.set(register, heat);
    }
    heat.total++;
    heat.series.add(time, 1);
  };
}

function kindOf({ name, from, address, write }: Transaction): number {
  if (name === 'MSI') return INTERRUPT;
  if (from === 'device') return write ? 4 : 3;
  if (address < 0) return 0;
  return write ? 2 : 1;
}
