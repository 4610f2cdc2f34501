import { RecordKind } from '../../record.ts';
import type { Analysis, Frame, Transaction } from '../frame.ts';
import type { CapturedFunction } from '../functions.ts';
import type { Histogram } from '../histogram.ts';
import { type ScanOptions, scan } from '../scan.ts';
import { Controller } from './controller.ts';
import type { NvmeCommand, NvmeReport } from './report.ts';

/** Base class and subclass of non-volatile memory controllers with the NVMe programming interface. */
const NVME_CLASS = 0x010802;

export interface NvmeOptions extends ScanOptions {
  /** Told each command when it completes. */
  onCommand?: (command: NvmeCommand) => void;
}

/** The NVMe commands in a capture file; undefined if it has no NVMe controller. */
export async function analyzeNvme(path: string, options: NvmeOptions = {}): Promise<NvmeReport | undefined> {
  const nvme = new Nvme(options.onCommand);
  await scan(path, [nvme], options);
  return nvme.report();
}

/**
 * Finds NVMe commands: submission entries in the data of the DMA that fetched them, completion entries in the DMA that
 * posted them. Where queues are, the driver's register writes and its commands say.
 */
export class Nvme implements Analysis {
  /** By function; undefined for one that is no NVMe controller. */
  readonly #controllers = new Map<CapturedFunction, Controller | undefined>();
  readonly #onCommand: ((command: NvmeCommand) => void) | undefined;

  constructor(onCommand?: (command: NvmeCommand) => void) {
    this.#onCommand = onCommand;
  }

  packet(frame: Frame): void {
    const { kind } = frame.record;
    if (kind === RecordKind.reset || kind === RecordKind.unplug) this.#of(frame.fn)?.reset();
    if (frame.dataBytes === 0 || frame.address < 0 || frame.name === 'MSI') return;
    // Completions from the driver's side carry what the device fetched; requests of the device what it wrote.
    if (frame.transaction ? frame.transaction.from === 'device' : frame.from === 'device') {
      this.#of(frame.fn)?.data(frame);
    }
  }

  transaction(transaction: Transaction): void {
    if (transaction.from !== 'driver' || transaction.space !== 0 || transaction.dataBytes === 0) return;
    this.#of(transaction.fn)?.access(transaction);
  }

  /** Most I/O commands under way at a time, in columns from `start` to `end` nanoseconds; of all controllers. */
  depth(columns: number, start: number, end: number): number[] {
    const all = this.#found().map(({ ioDepth }) => ioDepth.columns(columns, start, end));
    return Array.from({ length: columns }, (_, column) =>
      Math.max(0, ...all.map((values) => values[column] as number)),
    );
  }

  /** Latencies, from doorbell to completion entry, by command. */
  histograms(): { name: string; latency: Histogram }[] {
    return this.#found().flatMap(({ kinds }) => kinds.histograms());
  }

  report(): NvmeReport | undefined {
    const controllers = this.#found();
    if (controllers.length === 0) return undefined;
    return {
      commands: controllers.flatMap(({ kinds }) => kinds.rows()),
      queues: controllers.flatMap((controller) => controller.queueRows()),
      errors: controllers.flatMap(({ kinds }) => kinds.errors),
      unmatched: controllers.reduce((sum, { unmatched }) => sum + unmatched, 0),
      unfinished: controllers.flatMap((controller) => controller.unfinished()),
      cut: controllers.reduce((sum, { cut }) => sum + cut, 0),
    };
  }

  #found(): Controller[] {
    return [...this.#controllers.values()].filter((each) => each !== undefined);
  }

  #of(fn: CapturedFunction): Controller | undefined {
    if (!this.#controllers.has(fn)) {
      this.#controllers.set(fn, fn.class === NVME_CLASS ? new Controller(fn, this.#onCommand) : undefined);
    }
    return this.#controllers.get(fn);
  }
}
