/** Milliseconds between two looks at a ring in which little comes: whoever reads along sees it soon. */
const SHORT = 5;
/** The same on a busy bus. */
const LONG = 100;
/** Bytes a millisecond from which on a bus is busy. */
const BUSY = 8000;
/** Part of the ring that may be full at the next look, as far as can be told. */
const PART = 1 / 16;

/**
 * When to look at a tap ring again. On a busy bus seldom: each look takes a CPU from the driver or the device, and brings
 * another address space into its caches. That costs the same for a few events as for many.
 */
export class LookInterval {
  readonly #room: number;
  #last: number;

  /** `ringBytes`: the size of the ring. `now`: milliseconds on any clock, as everywhere here. */
  constructor(ringBytes: number, now: number) {
    this.#room = ringBytes * PART;
    this.#last = now;
  }

  /**
   * Milliseconds until the next look. `bytes`: what this look has found, which began at `now`; `left`: what has come
   * during it.
   */
  after(bytes: number, left: number, now: number): number {
    const rate = bytes / Math.max(now - this.#last, 1);
    this.#last = now;
    return rate < BUSY ? SHORT : Math.min(Math.max((this.#room - left) / rate, SHORT), LONG);
  }
}
