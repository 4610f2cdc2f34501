import type { DeviceInstance } from '@pciem/sdk';
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

/** What is told of the end of a batch of records, and asked for work that no record tells of. None of it may throw. */
export type PolledDevice = Pick<DeviceInstance, 'drained' | 'pending' | 'idle'>;

/**
 * Serves a ring on the event loop: drains it, looks for more for a moment, naps when more is to be expected, then sleeps
 * until the kernel wakes it. As long as it is awake it looks for work in the driver's memory as well.
 */
export class DeviceLoop {
  readonly #ring: Ring;
  #handle: RecordHandler;
  #device: PolledDevice;
  readonly #spinner: Spinner;
  readonly #nap: Nap;
  readonly #readiness: Readiness;
  #stopped = false;

  /** `fd` is polled. `handle` may not throw. */
  constructor(options: { ring: Ring; fd: number; cpus: number; handle: RecordHandler; device: PolledDevice }) {
    this.#ring = options.ring;
    this.#handle = options.handle;
    this.#device = options.device;
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
  replace({ handle, device }: { handle: RecordHandler; device: PolledDevice }): void {
    this.#handle = handle;
    this.#device = device;
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
    if (this.#mayRest() && this.#ring.askForWakeup()) this.#readiness.wait();
    else setImmediate(this.#turn);
  };

  /** Whether there is something to do. */
  get pending(): boolean {
    return this.#ring.pending || this.#device.pending;
  }

  #moreComes(): boolean {
    if (this.#spinner.wait(this)) return true;
    if (!this.#spinner.isBusy) return false;
    if (!this.#mayRest()) return true;
    if (!this.#nap.take(NAP)) return false;
    this.#spinner.woken();
    return this.#ring.pending;
  }

  /** From now on whatever comes makes a record. */
  #mayRest(): boolean {
    this.#device.idle();
    return !this.pending;
  }

  #drain(): number {
    const done = this.#ring.drain(this.#handle, BATCH);
    if (done > 0 || this.#device.pending) this.#device.drained();
    return done;
  }
}
