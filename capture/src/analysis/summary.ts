import { RecordKind } from '../record.ts';
import { isNonPosted } from '../tlp/fmt-type.ts';
import { CplStatus } from '../tlp/header.ts';
import { Errors, type ProblemGroup } from './errors.ts';
import type { Analysis, Frame, Problem, Sender, Transaction } from './frame.ts';
import type { CapturedFunction } from './functions.ts';
import type { NamedRegister } from './registers-of.ts';
import { type ScanOptions, type ScanResult, scan } from './scan.ts';

/** One line of a summary: packets of one kind. */
export interface SummaryType {
  /** Name of the TLP, `MSI` for an interrupt message, or the name of another record kind. */
  name: string;
  /** `driver` or `device` for a TLP: which side sent it. */
  from: Sender | '';
  count: number;
  /** Bytes of payload. */
  bytes: number;
  /** The first packet of this kind. */
  firstFrame: number;
}

/** What happened on one function. */
export interface SummaryFunction {
  /** Such as `1f000:00:00.0`. */
  address: string;
  /** From the device map. */
  name: string;
  packets: number;
  /** Writes to registers with the role `doorbell`. */
  doorbells: number;
  firstFrame: number;
}

/** What the driver did with one register. */
export interface SummaryRegister {
  /** Address of the function. */
  function: string;
  name: string;
  reads: number;
  writes: number;
  firstFrame: number;
}

export interface CaptureSummary {
  /** What is wrong, most serious first. */
  errors: ProblemGroup[];
  /** In order of first appearance. */
  types: SummaryType[];
  functions: SummaryFunction[];
  /** Registers that the driver accessed, most often accessed first. */
  registers: SummaryRegister[];
  packets: number;
  /** Packets without our pseudo-header. */
  foreign: number;
  /** Events lost by the tap. */
  lost: number;
  /** Non-posted requests, */
  requests: number;
  /** those whose last completion came, */
  completed: number;
  /** those that timed out, */
  timedOut: number;
  /** and those with a completion status other than SC. */
  unsuccessful: number;
  dmaFaults: number;
  /** Nanoseconds from the first packet that is not a device map to the last one. */
  durationNs: number;
  /** Damage: bytes between blocks that belong to none. */
  skippedBytes: number;
  /** Bytes of a last block that was cut off. */
  truncatedBytes: number;
}

/** Summarizes a capture file in one pass and constant memory. */
export async function summarize(path: string, options?: ScanOptions): Promise<CaptureSummary> {
  const summary = new Summary();
  return summary.report(await scan(path, [summary], options));
}

interface FunctionCounts {
  fn: CapturedFunction;
  packets: number;
  doorbells: number;
  firstFrame: number;
  /** By first byte of the TLP, and for packets of the device 256 more. */
  types: (SummaryType | undefined)[];
}

interface RegisterCounts {
  fn: CapturedFunction;
  reads: number;
  writes: number;
  firstFrame: number;
}

/** Counts what is in a capture. */
export class Summary implements Analysis {
  readonly #errors = new Errors(0);
  readonly #types = new Map<string, SummaryType>();
  /** By `CapturedFunction.index`. */
  readonly #functions: FunctionCounts[] = [];
  readonly #registers = new Map<NamedRegister, RegisterCounts>();
  #requests = 0;
  #completed = 0;
  #timedOut = 0;
  #unsuccessful = 0;

  packet(frame: Frame): void {
    const fn = this.#function(frame);
    fn.packets++;
    const type = this.#typeOf(frame, fn);
    type.count++;
    type.bytes += frame.isTlp ? frame.payloadBytes : frame.bodyBytes;
    if (frame.isTlp && isNonPosted(frame.header.fmtType)) this.#requests++;
  }

  transaction(transaction: Transaction): void {
    if (!transaction.posted) {
      if (transaction.timedOut) this.#timedOut++;
      else this.#completed++;
      if (transaction.status !== CplStatus.SC) this.#unsuccessful++;
    }
    if (transaction.from === 'driver') transaction.eachRegister(this.#countRegister);
  }

  problem(problem: Problem): void {
    this.#errors.problem(problem);
  }

  /** The summary, after the scan. */
  report(file: ScanResult): CaptureSummary {
    const { groups } = this.#errors.report();
    const count = (wanted: ProblemGroup['kind']) => groups.find(({ kind }) => kind === wanted)?.count ?? 0;
    return {
      errors: groups,
      types: [...this.#types.values()],
      functions: this.#functions.map(({ fn, packets, doorbells, firstFrame }) => {
        return { address: fn.address, name: fn.name, packets, doorbells, firstFrame };
      }),
      registers: this.#registerRows(),
      packets: file.packets,
      foreign: file.foreign,
      lost: count('lost events'),
      requests: this.#requests,
      completed: this.#completed,
      timedOut: this.#timedOut,
      unsuccessful: this.#unsuccessful,
      dmaFaults: count('DMA fault'),
      durationNs: file.lastTime - file.firstTime,
      skippedBytes: file.skippedBytes,
      truncatedBytes: file.truncatedBytes,
    };
  }

  #registerRows(): SummaryRegister[] {
    return [...this.#registers]
      .map(([{ name }, { fn, reads, writes, firstFrame }]) => ({
        function: fn.address,
        name,
        reads,
        writes,
        firstFrame,
      }))
      .sort((a, b) => b.reads + b.writes - (a.reads + a.writes));
  }

  readonly #countRegister = (register: NamedRegister, transaction: Transaction): void => {
    let counts = this.#registers.get(register);
    if (!counts) {
      counts = { fn: transaction.fn, reads: 0, writes: 0, firstFrame: transaction.requestFrame };
      this.#registers.set(register, counts);
    }
    if (!transaction.write) {
      counts.reads++;
      return;
    }
    counts.writes++;
    if (register.doorbell) (this.#functions[transaction.fn.index] as FunctionCounts).doorbells++;
  };

  #function({ fn, number }: Frame): FunctionCounts {
    let counts = this.#functions[fn.index];
    if (!counts) {
      counts = { fn, packets: 0, doorbells: 0, firstFrame: number, types: [] };
      this.#functions[fn.index] = counts;
    }
    return counts;
  }

  #typeOf(frame: Frame, fn: FunctionCounts): SummaryType {
    if (frame.record.kind !== RecordKind.tlp || !frame.isTlp || frame.name === 'MSI') return this.#type(frame);
    // Names are looked up once for each kind of TLP, not for each TLP.
    const index = frame.header.fmtType + (frame.from === 'device' ? 256 : 0);
    let type = fn.types[index];
    if (!type) {
      type = this.#type(frame);
      fn.types[index] = type;
    }
    return type;
  }

  #type({ name, from, number }: Frame): SummaryType {
    const key = `${from} ${name}`;
    let type = this.#types.get(key);
    if (!type) {
      type = { name, from, count: 0, bytes: 0, firstFrame: number };
      this.#types.set(key, type);
    }
    return type;
  }
}
