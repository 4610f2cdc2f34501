/** Most commands that are waited for. */
const MAX_TARGET = 16;
/** Shortest and longest pause in which no command comes that means that none will, in milliseconds. */
const MIN_PAUSE = 0.1;
const MAX_PAUSE = 0.3;
/** The same in average gaps between two commands. */
const PAUSE_GAPS = 4;
/** Milliseconds that a batch may take so that the next one waits for more: what that would save is little besides them. */
const MAX_DURATION = 0.5;
/** Batches from one probe to the next. */
const PROBE_INTERVAL = 256;

/**
 * Decides whether the commands that wait are enough to be carried out. What is done once for each batch, such as a step
 * of the host or an interrupt, costs more than what is done for each command. So it waits for half as many commands as
 * the host has on their way: then one half is with the device while the host is busy with the other. To know how many
 * these are, it waits from time to time until no more come. A host with one command at a time waits for that only.
 */
export class Gathering {
  #target = 1;
  /** What waits is enough, whatever it is. */
  #released = false;
  /** Until the next probe. */
  #batches = PROBE_INTERVAL;
  /** Commands that waited at the last look, when that changed, and the average time between two; milliseconds. */
  #count = 0;
  #changed = 0;
  #gap = 0;

  /** Whether to begin with the `count` commands that wait, at least one. */
  isEnough(count: number): boolean {
    if (count >= this.#target || this.#released) return true;
    const now = performance.now();
    const since = now - this.#changed;
    if (count !== this.#count) {
      if (this.#count > 0) this.#gap += (since / (count - this.#count) - this.#gap) / 8;
      this.#count = count;
      this.#changed = now;
      return false;
    }
    if (since < Math.min(Math.max(MIN_PAUSE, PAUSE_GAPS * this.#gap), MAX_PAUSE)) return false;
    this.#target = Math.max(1, count >>> 1);
    return true;
  }

  /** A batch of commands has been fetched. */
  fetched(count: number): void {
    this.#count = 0;
    this.#released = false;
    if (count >>> 1 > this.#target) this.#target = Math.min(count >>> 1, MAX_TARGET);
    if (this.#target > MAX_TARGET) this.#target = MAX_TARGET;
    if (--this.#batches > 0) return;
    this.#batches = PROBE_INTERVAL;
    this.#target = 2 * MAX_TARGET;
  }

  /** A batch has been carried out, and took so many milliseconds. */
  done(duration: number): void {
    if (duration > MAX_DURATION) this.#target = 1;
  }

  /** What waits shall not wait longer. */
  release(): void {
    this.#released = true;
  }
}
