import { Nap } from './nap.ts';
import { Readiness } from './readiness.ts';
import type { RecordHandler, Ring } from './ring.ts';
import { Spinner } from './spinner.ts';

/** Records between two looks at the clock. */
const BATCH = 64;
/** Milliseconds after which timers, sockets and messages of the worker get their turn. */
const SLICE = 1;
/** Milliseconds without a record after which the worker sleeps on the event loop. */
const NAP = 1;

/**
 * Serves a ring on the event loop: drains it, looks for more for a moment, naps when more is to be expected, then sleeps
 * until the kernel wakes it.
 */
export class DeviceLoop {
  readonly #ring: Ring;
  #handle: RecordHandler;
  #drained: () => void;
  readonly #spinner: Spinner;
  readonly #nap: Nap;
  readonly #readiness: Readiness;
  #stopped = false;

  /** `fd` is polled. `drained` is called after each batch of records. Neither it nor `handle` may throw. */
  constructor(options: { ring: Ring; fd: number; cpus: number; handle: RecordHandler; drained: () => void }) {
    this.#ring = options.ring;
    this.#handle = options.handle;
    this.#drained = options.drained;
    this.#spinner = new Spinner(options.cpus);
    this.#nap = new Nap(options.fd);
    this.#readiness = new Readiness(options.fd, () => {
      this.#spinner.woken();
      this.#turn();
    });
  }

  start(): void {
    this.#turn();
  }

  /** From the next record on. Not from inside a handler. */
  replace({ handle, drained }: { handle: RecordHandler; drained: () => void }): void {
    this.#handle = handle;
    this.#drained = drained;
  }

  stop(): void {
    this.#stopped = true;
    this.#readiness.close();
  }

  #turn = (): void => {
    if (this.#stopped) return;
    const end = performance.now() + SLICE;
    do {
      while (this.#drain() === BATCH && performance.now() < end);
      if (this.#stopped) return;
    } while (this.#moreComes() && performance.now() < end);
    if (this.#ring.pending || !this.#ring.askForWakeup()) setImmediate(this.#turn);
    else this.#readiness.wait();
  };

  #moreComes(): boolean {
    if (this.#spinner.wait(this.#ring)) return true;
    if (!this.#spinner.isBusy || !this.#nap.take(NAP)) return false;
    this.#spinner.woken();
    return this.#ring.pending;
  }

  #drain(): number {
    const done = this.#ring.drain(this.#handle, BATCH);
    if (done > 0) this.#drained();
    return done;
  }
}
