import type { ModelAccess } from '../core/source.ts';

/** Different accesses that a polling loop may consist of. */
const LOOP = 4;
/** Reads of a register without anything new before the driver counts as stuck, */
const READS = 16;
/** and fewer if it is in no hurry: a driver that sleeps between two reads gives up after few of them. */
const SLOW_READS = 6;
/** Milliseconds from read to read that count as no hurry. */
const SLOW = 0.5;

/** A write of the driver. */
export interface LastWrite {
  readonly bar: number;
  readonly offset: number;
  readonly size: number;
  readonly register: string;
  readonly value: number;
}

/** A register that the driver reads over and over. */
export interface Poll {
  readonly bar: number;
  readonly offset: number;
  readonly size: number;
  readonly register: string;
  /** Reads in a row without anything new. */
  reads: number;
  /** Milliseconds since the first of them. */
  duration: number;
  /** The driver's last write before that. */
  readonly trigger: LastWrite | undefined;
  /** Bits that were 1 in some, and in all of the values that the driver got. */
  some: number;
  all: number;
}

/** Finds out whether the driver gets anywhere. */
export class PollTracker {
  /** What the driver does again and again, the latest last. */
  readonly #loop: string[] = [];
  readonly #polls = new Map<string, Poll & { start: number }>();
  /** The latest write. */
  lastWrite: LastWrite | undefined;
  /** Counts the times that the driver has done something new. */
  progress = 0;

  /** Takes a write. */
  wrote({ bar, offset, size, register, value }: ModelAccess): void {
    this.#new(`W ${bar} ${offset} ${size} ${value}`);
    this.lastWrite = { bar, offset, size, register, value };
  }

  /** Takes a read, with its answer if there is one already. Returns the poll that it belongs to, if the driver is stuck. */
  read({ bar, offset, size, register }: ModelAccess, value?: number): Poll | undefined {
    const key = `R ${bar} ${offset} ${size}`;
    this.#new(key);
    const now = performance.now();
    let poll = this.#polls.get(key);
    if (!poll) {
      const values = { some: 0, all: 2 ** (8 * size) - 1 };
      poll = { bar, offset, size, register, reads: 0, duration: 0, start: now, trigger: this.lastWrite, ...values };
      this.#polls.set(key, poll);
    }
    poll.reads++;
    poll.duration = now - poll.start;
    if (value !== undefined) {
      poll.some = (poll.some | value) >>> 0;
      poll.all = (poll.all & value) >>> 0;
    }
    const slow = poll.duration / poll.reads > SLOW;
    return poll.reads >= (slow ? SLOW_READS : READS) ? poll : undefined;
  }

  reset(): void {
    this.#loop.length = 0;
    this.#polls.clear();
    this.lastWrite = undefined;
  }

  #new(key: string): void {
    if (this.#loop.includes(key)) return;
    this.#loop.push(key);
    if (this.#loop.length > LOOP) this.#loop.shift();
    this.#polls.clear();
    this.progress++;
  }
}
