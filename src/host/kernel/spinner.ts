/** Longest time to look for a record before sleeping, in milliseconds. A wake-up costs a good part of it. */
const MAX_WINDOW = 0.2;
/** Longest gap that counts, so that one long pause does not hide many short ones; milliseconds. */
const MAX_GAP = 4 * MAX_WINDOW;
/** Looks at the ring between two looks at the clock. */
const LOOKS = 64;

interface Source {
  readonly pending: boolean;
}

/**
 * Waits for the next record by looking, for as long as records have lately come soon: twice the average gap. When they
 * come seldom it does not look at all, so that an idle device costs nothing.
 */
export class Spinner {
  readonly #enabled: boolean;
  /** Average gap between running out of records and the next one; milliseconds. */
  #gap = MAX_GAP;
  #idleSince = 0;

  /** `cpus`: with only one, looking would keep the driver from running. */
  constructor(cpus: number) {
    this.#enabled = cpus > 1;
  }

  /** The ring has run empty: true if a record came soon. */
  wait(source: Source): boolean {
    const start = performance.now();
    this.#idleSince = start;
    const window = this.window;
    while (performance.now() - start < window) {
      for (let look = 0; look < LOOKS; look++) {
        if (!source.pending) continue;
        this.woken();
        return true;
      }
    }
    return false;
  }

  /** A record has come, now. */
  woken(): void {
    const gap = Math.min(performance.now() - this.#idleSince, MAX_GAP);
    this.#gap += (gap - this.#gap) / 4;
  }

  /** Records come soon after each other, though perhaps not soon enough to look for them. */
  get isBusy(): boolean {
    return this.#gap < MAX_GAP / 2;
  }

  /** How long `wait` looks, in milliseconds. */
  get window(): number {
    return this.#enabled && this.#gap < MAX_WINDOW ? Math.min(2 * this.#gap, MAX_WINDOW) : 0;
  }
}
