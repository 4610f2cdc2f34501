import { readStats } from './control.ts';
import { type KernelEvent, TROUBLE_COUNTERS } from './events.ts';
import type { Stats } from './stats.ts';

const INTERVAL = 1000;

/** Looks at the module's counters now and then, and tells when one that should stay 0 has risen. */
export class Monitor {
  readonly #fd: number;
  readonly #emit: (event: KernelEvent) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #seen = new Map<keyof Stats, number>();

  constructor(fd: number, emit: (event: KernelEvent) => void) {
    this.#fd = fd;
    this.#emit = emit;
    this.#timer = setInterval(() => this.check(readStats(this.#fd)), INTERVAL);
    this.#timer.unref();
  }

  check(stats: Stats): void {
    const timeouts = this.#rise(stats, 'timeouts');
    if (timeouts > 0) this.#emit({ type: 'timeout', count: timeouts, total: stats.timeouts });
    for (const counter of TROUBLE_COUNTERS) {
      const count = this.#rise(stats, counter);
      if (count > 0) this.#emit({ type: 'trouble', counter, count, total: stats[counter] });
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #rise(stats: Stats, counter: keyof Stats): number {
    const rise = stats[counter] - (this.#seen.get(counter) ?? 0);
    this.#seen.set(counter, stats[counter]);
    return rise;
  }
}
