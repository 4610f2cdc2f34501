import type { Queue } from './queues.ts';

/** When the driver announced the entries of a submission queue: times and packets of its tail doorbell writes. */
export class SubmissionTimes {
  readonly #size: number;
  readonly #times: Float64Array;
  readonly #frames: Float64Array;
  #tail = 0;

  constructor({ size }: Queue) {
    this.#size = size;
    this.#times = new Float64Array(size).fill(-1);
    this.#frames = new Float64Array(size);
  }

  /** The driver wrote `tail`: the entries before it are new. */
  ring(tail: number, time: number, frame: number): void {
    if (tail >= this.#size) return;
    for (let entry = this.#tail; entry !== tail; entry = (entry + 1) % this.#size) {
      this.#times[entry] = time;
      this.#frames[entry] = frame;
    }
    this.#tail = tail;
  }

  /** When the entry was announced; -1 if that is not in the capture. */
  timeOf(entry: number): number {
    return this.#times[entry] as number;
  }

  frameOf(entry: number): number {
    return this.#frames[entry] as number;
  }

  /** The entry is fetched: its time is used up. */
  taken(entry: number): void {
    this.#times[entry] = -1;
  }
}
