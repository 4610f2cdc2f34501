import type { DeviceInstance } from '@pciem/sdk';
import { eventLoopFd } from './event-loop.ts';
import { Nap } from './nap.ts';
import { Readiness } from './readiness.ts';
import type { RecordHandler, Ring } from './ring.ts';
import { Spinner } from './spinner.ts';

/** Records between two looks at the clock. */
const BATCH = 64;
/** Milliseconds after which timers, sockets and messages of the worker get their turn. */
const SLICE = 1;
/**
 * Longest naps in milliseconds. Timers wait for the end of one: the short one is for between two records that come soon
 * after each other, and for when there are timers; the long one for when the event loop has done all that it had to do.
 */
const SHORT_NAP = 1;
const LONG_NAP = 20;
/** Milliseconds after the last work after which the worker sleeps on the event loop. */
const RECENT = 100;

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
  readonly #loopFd: number | undefined;
  readonly #nap: Nap;
  readonly #readiness: Readiness;
  /** When something was done last, `performance.now()`. */
  #lastWork = Number.NEGATIVE_INFINITY;
  #stopped = false;

  /** `fd` is polled. `handle` may not throw. */
  constructor(options: { ring: Ring; fd: number; cpus: number; handle: RecordHandler; device: PolledDevice }) {
    this.#ring = options.ring;
    this.#handle = options.handle;
    this.#device = options.device;
    this.#spinner = new Spinner(options.cpus);
    this.#loopFd = eventLoopFd();
    this.#nap = new Nap(options.fd, this.#loopFd);
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
    let handled = false;
    do {
      let done: number;
      do {
        done = this.#drain();
        handled ||= done > 0;
      } while (done === BATCH && performance.now() < end);
      if (this.#stopped) return;
    } while (performance.now() < end && this.#moreComes(handled));
    const now = performance.now();
    if (handled) this.#lastWork = now;
    if (now - this.#lastWork >= RECENT && this.#mayRest() && this.#ring.askForWakeup()) this.#readiness.wait();
    else setImmediate(this.#turn);
  };

  /** Whether there is something to do. */
  get pending(): boolean {
    return this.#ring.pending || this.#device.pending;
  }

  /** `handled`: since the event loop had its turn the device has done something, and may have left it more to do. */
  #moreComes(handled: boolean): boolean {
    if (this.#spinner.wait(this)) return true;
    const length = handled ? this.#shortNap : this.#longNap;
    if (length === 0) return false;
    if (!this.#mayRest()) return true;
    if (!this.#nap.take(length)) return false;
    this.#spinner.woken();
    return this.#ring.pending;
  }

  get #shortNap(): number {
    return this.#spinner.isBusy ? SHORT_NAP : 0;
  }

  get #longNap(): number {
    if (performance.now() - this.#lastWork >= RECENT) return 0;
    const waiting = process.getActiveResourcesInfo();
    if (waiting.includes('Immediate')) return 0;
    return this.#loopFd === undefined || waiting.includes('Timeout') ? SHORT_NAP : LONG_NAP;
  }

  /** From now on whatever comes makes a record. */
  #mayRest(): boolean {
    this.#device.idle();
    return !this.pending;
  }

  /** How much has been done: records, or 1 for work that no record told of. */
  #drain(): number {
    const done = this.#ring.drain(this.#handle, BATCH);
    if (done === 0 && !this.#device.pending) return 0;
    this.#device.drained();
    return Math.max(done, 1);
  }
}
