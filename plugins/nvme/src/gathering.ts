/** Most commands that are waited for. */
const MAX_TARGET = 16;
/** Shortest pause in which no command comes that means that none will, in milliseconds. */
const MIN_PAUSE = 0.01;
/** The same in average gaps between two commands. */
const PAUSE_GAPS = 4;

/**
 * Decides whether the commands that wait are enough to be carried out. What is done once for each batch, such as a step
 * of the host or an interrupt, costs more than what is done for each command. So while commands come one after another
 * it waits for half as many as the host has shown to have on their way: then one half is with the device while the host
 * is busy with the other. A host with one command at a time never waits.
 */
export class Gathering {
  #target = 1;
  /** Commands that waited at the last look, when that changed, and the average time between two; milliseconds. */
  #count = 0;
  #changed = 0;
  #gap = 0;

  /** Whether to begin with the `count` commands that wait, at least one. */
  isEnough(count: number): boolean {
    if (count >= this.#target) return true;
    const now = performance.now();
    const since = now - this.#changed;
    if (count !== this.#count) {
      if (this.#count > 0) this.#gap += (since / (count - this.#count) - this.#gap) / 8;
      this.#count = count;
      this.#changed = now;
      return false;
    }
    if (since < Math.max(MIN_PAUSE, PAUSE_GAPS * this.#gap)) return false;
    // All that the host has are here.
    this.#target = Math.max(1, count >>> 1);
    return true;
  }

  /** A batch of commands has been fetched. */
  fetched(count: number): void {
    this.#count = 0;
    if (count >>> 1 > this.#target) this.#target = Math.min(count >>> 1, MAX_TARGET);
  }

  /** What waits shall not wait longer. */
  stop(): void {
    this.#target = 1;
  }
}
