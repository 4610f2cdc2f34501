/** Milliseconds for which it is looked again at once: the driver is in its interrupt handler, or about to come there. */
const EAGER_TIME = 3;
/** Milliseconds between two looks later; at first, and at most. */
const FIRST_INTERVAL = 1;
const LAST_INTERVAL = 128;

/**
 * Looks at the registers that the driver reads without the device being told: all the time while something happens
 * there, and less and less often when nothing does.
 */
export class Watch {
  readonly #look: () => void;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #eagerUntil = 0;
  #interval = FIRST_INTERVAL;

  constructor(look: () => void) {
    this.#look = look;
  }

  /** Something has happened: look again at once. */
  soon(): void {
    this.#eagerUntil = performance.now() + EAGER_TIME;
    this.#interval = FIRST_INTERVAL;
    this.stop();
    this.next();
  }

  /** Look again in a while, unless that is to happen already. */
  next(): void {
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    if (performance.now() < this.#eagerUntil) {
      this.#immediate = setImmediate(() => {
        this.#immediate = undefined;
        this.#look();
      });
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, this.#interval);
    this.#interval = Math.min(2 * this.#interval, LAST_INTERVAL);
  }

  stop(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = this.#timer = undefined;
  }
}
