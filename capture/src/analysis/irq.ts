import { RecordFlag } from '../record.ts';
import { type Analysis, assertedWire, type Frame, type Transaction } from './frame.ts';
import type { CapturedFunction } from './functions.ts';
import { type Distribution, Histogram } from './histogram.ts';
import { type ScanOptions, type ScanResult, scan } from './scan.ts';

/** Bytes of an MSI-X table entry, and offset of its vector control (PCIe 5.0 7.7.2.5). */
const ENTRY_BYTES = 16;
const VECTOR_CONTROL = 12;

/** Interrupt wires of a function, which messages stand for. */
const WIRES = ['INTA', 'INTB', 'INTC', 'INTD'] as const;
/** Behind all vectors: the wires, among what is counted by number. */
const FIRST_WIRE = 1 << 16;

/** Interrupts of one vector, or of one wire: how often it was asserted. Times are nanoseconds. */
export interface IrqRow {
  /** Address of the function. */
  function: string;
  vector: number | (typeof WIRES)[number];
  count: number;
  /** Messages in a second, from the first to the last one; 0 if there is only one. */
  rate: number;
  firstFrame: number;
  lastFrame: number;
  /** From one message to the next. */
  interval?: Distribution;
  /** From the device's last DMA write before the message, which is what an interrupt mostly tells of. */
  fromWrite?: Distribution;
  /** To the driver's next access to the function: its interrupt handler, or whatever else it does next. */
  toAccess?: Distribution;
  /** Time that the vector was masked in the MSI-X table, after it was unmasked first; and how often it was masked. */
  maskedNs: number;
  masked: number;
}

interface Vector {
  count: number;
  firstFrame: number;
  lastFrame: number;
  firstTime: number;
  lastTime: number;
  /** First message that waits for the driver's next access: its packet, 0 if none waits, and time. */
  waitingFrame: number;
  waitingTime: number;
  interval: Histogram | undefined;
  fromWrite: Histogram | undefined;
  toAccess: Histogram | undefined;
  maskedNs: number;
  masked: number;
  /** When it was masked, -1 while it is not; -2 before it was unmasked first. */
  maskedSince: number;
}

interface FunctionVectors {
  fn: CapturedFunction;
  vectors: Map<number, Vector>;
  /** Time and packet of the last DMA write; -1 for none. */
  writeTime: number;
  /** Vectors whose message waits for the driver's next access. */
  waiting: Vector[];
}

/** Measures the interrupts of a capture file. */
export async function analyzeIrqs(path: string, options?: ScanOptions): Promise<IrqRow[]> {
  const irqs = new Irqs();
  return irqs.report(await scan(path, [irqs], options));
}

/** Measures interrupts by vector or wire. */
export class Irqs implements Analysis {
  readonly #functions = new Map<CapturedFunction, FunctionVectors>();

  packet(frame: Frame): void {
    if (!frame.isTlp) return;
    const wire = assertedWire(frame);
    if (frame.record.flags & RecordFlag.interrupt) this.#message(frame, frame.record.detail);
    else if (wire >= 0) this.#message(frame, FIRST_WIRE + wire);
    // A request of the driver; completions are answers to the device.
    else if (frame.from === 'driver' && !frame.transaction && frame.record.space <= 5) this.#access(frame);
  }

  transaction(transaction: Transaction): void {
    if (!transaction.write || transaction.name === 'MSI') return;
    if (transaction.from === 'device') this.#of(transaction.fn).writeTime = transaction.time;
    else if (transaction.flags & RecordFlag.msixTable) this.#tableWrite(transaction);
  }

  report({ lastTime }: ScanResult): IrqRow[] {
    return [...this.#functions.values()].flatMap(({ fn, vectors }) => {
      return [...vectors]
        .sort(([a], [b]) => a - b)
        .map(([vector, state]) => rowOf(fn.address, vector, state, lastTime))
        .filter(({ count, masked }) => count > 0 || masked > 0);
    });
  }

  #message(frame: Frame, vectorNumber: number): void {
    const { time, number } = frame;
    const of = this.#of(frame.fn);
    const vector = this.#vector(of, vectorNumber);
    if (vector.count === 0) {
      vector.firstFrame = number;
      vector.firstTime = time;
    } else {
      vector.interval ??= new Histogram();
      vector.interval.add(time - vector.lastTime, number);
    }
    if (of.writeTime >= 0) {
      vector.fromWrite ??= new Histogram();
      vector.fromWrite.add(time - of.writeTime, number);
    }
    vector.count++;
    vector.lastFrame = number;
    vector.lastTime = time;
    if (vector.waitingFrame !== 0) return;
    vector.waitingFrame = number;
    vector.waitingTime = time;
    of.waiting.push(vector);
  }

  #access(frame: Frame): void {
    const { waiting } = this.#of(frame.fn);
    if (waiting.length === 0) return;
    for (const vector of waiting) {
      vector.toAccess ??= new Histogram();
      vector.toAccess.add(frame.time - vector.waitingTime, vector.waitingFrame);
      vector.waitingFrame = 0;
    }
    waiting.length = 0;
  }

  #tableWrite(transaction: Transaction): void {
    const { fn, offset, data, dataBytes, time } = transaction;
    const { msix } = fn;
    if (!msix || transaction.space !== msix.bar) return;
    const number = Math.floor((offset - msix.table) / ENTRY_BYTES);
    const at = msix.table + number * ENTRY_BYTES + VECTOR_CONTROL - offset;
    if (number < 0 || number >= msix.vectors || at < 0 || at >= dataBytes) return;
    const vector = this.#vector(this.#of(fn), number);
    const masked = ((data[at] as number) & 1) !== 0;
    if (masked && vector.maskedSince === -1) {
      vector.maskedSince = time;
      vector.masked++;
    } else if (!masked) {
      if (vector.maskedSince >= 0) vector.maskedNs += time - vector.maskedSince;
      vector.maskedSince = -1;
    }
  }

  #of(fn: CapturedFunction): FunctionVectors {
    let of = this.#functions.get(fn);
    if (!of) {
      of = { fn, vectors: new Map(), writeTime: -1, waiting: [] };
      this.#functions.set(fn, of);
    }
    return of;
  }

  #vector({ vectors }: FunctionVectors, number: number): Vector {
    let vector = vectors.get(number);
    if (!vector) {
      vector = {
        count: 0,
        firstFrame: 0,
        lastFrame: 0,
        firstTime: 0,
        lastTime: 0,
        waitingFrame: 0,
        waitingTime: 0,
        interval: undefined,
        fromWrite: undefined,
        toAccess: undefined,
        maskedNs: 0,
        masked: 0,
        maskedSince: -2,
      };
      vectors.set(number, vector);
    }
    return vector;
  }
}

function rowOf(address: string, number: number, vector: Vector, end: number): IrqRow {
  const { count, firstFrame, lastFrame, firstTime, lastTime, interval, fromWrite, toAccess, masked } = vector;
  const seconds = (lastTime - firstTime) / 1e9;
  return {
    function: address,
    vector: WIRES[number - FIRST_WIRE] ?? number,
    count,
    rate: seconds > 0 ? (count - 1) / seconds : 0,
    firstFrame,
    lastFrame,
    ...(interval ? { interval: interval.summary() } : {}),
    ...(fromWrite ? { fromWrite: fromWrite.summary() } : {}),
    ...(toAccess ? { toAccess: toAccess.summary() } : {}),
    maskedNs: vector.maskedNs + (vector.maskedSince >= 0 ? end - vector.maskedSince : 0),
    masked,
  };
}
