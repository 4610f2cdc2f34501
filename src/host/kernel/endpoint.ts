import { closeSync, existsSync } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { getSystemErrorMessage } from 'node:util';
import type { DeviceMap } from '@pciem/capture';
import { Failure, UsageFailure } from '../../errors.ts';
import { Capture } from './capture.ts';
import type { CaptureSettings } from './capture-settings.ts';
import { readStats } from './control.ts';
import { reportError } from './error-report.ts';
import type { KernelEvent } from './events.ts';
import { Monitor } from './monitor.ts';
import { openModule } from './open-module.ts';
import type { FromDeviceWorker, Problem, ReloadOutcome, ToDeviceWorker } from './protocol.ts';
import type { Stats } from './stats.ts';
import { MappingWorker } from './worker-thread.ts';

const DEFAULT_COMPLETION_TIMEOUT_US = 5_000_000;
/** Milliseconds in which a worker has to see that it shall unplug; its handlers should take far less. */
const RESPONSE_TIME = 5000;
/** Longest time for a thread to load what it needs, milliseconds: until then it does not listen. */
const WARM_UP_TIME = 20_000;
/** Longest time to wait for the bus after a surprise removal, and between two looks; milliseconds. */
const REMOVAL_TIME = 10_000;
const REMOVAL_POLL = 10;

export interface KernelEndpointOptions {
  /** Path or URL of the device's module. */
  readonly entry: string;
  /** Options of the device, as its schema takes them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where every transaction is written, from before enumeration on. */
  readonly capture?: { readonly file: string; readonly settings?: CaptureSettings };
  /** A pipe that gets the same as the capture, for whoever looks on. */
  readonly live?: { readonly file: string; readonly settings?: CaptureSettings };
  /** How long a driver waits for the answer to a read, in microseconds: 50 to 64 s; 5 s when left out. */
  readonly completionTimeoutUs?: number;
  readonly onEvent: (event: KernelEvent) => void;
}

/** What became of new code. */
export interface Reload {
  readonly outcome: ReloadOutcome;
  /** Why it failed. */
  readonly failure: Failure | undefined;
}

/** How an endpoint ended: as asked, or because its worker did. */
export type EndpointEnd = 'unplugged' | 'killed' | 'crashed';

/**
 * Makes a device appear on this machine's PCI bus. Resolves when it is about to be plugged; throws a Failure if the
 * module, the device or its options are not fit for that.
 */
export async function openKernelEndpoint(options: KernelEndpointOptions): Promise<KernelEndpoint> {
  const endpoint = new KernelEndpoint(options);
  await endpoint.load();
  await endpoint.start();
  return endpoint;
}

/** A device that is plugged into this machine's kernel. */
export class KernelEndpoint {
  /** Resolves when the bus has been enumerated; rejects with a Failure if the kernel could not. */
  readonly plugged: Promise<void>;
  /** Resolves when a driver binds; rejects if the endpoint ends before. */
  readonly bound: Promise<{ readonly driver: string }>;
  /** Resolves when the endpoint is gone, whatever the reason. */
  readonly closed: Promise<EndpointEnd>;
  readonly #worker: MappingWorker<ToDeviceWorker, FromDeviceWorker>;
  readonly #fd: number;
  readonly #options: KernelEndpointOptions;
  #loaded = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  readonly #created = Promise.withResolvers<{ endpoint: number; domain: number; maps: DeviceMap[] }>();
  readonly #plugged = Promise.withResolvers<void>();
  readonly #bound = Promise.withResolvers<{ readonly driver: string }>();
  readonly #unplugging = Promise.withResolvers<void>();
  #monitor: Monitor | undefined;
  readonly #captures: readonly Capture[];
  #reloading: PromiseWithResolvers<Reload> | undefined;
  #files: readonly string[] = [];
  #identity: { endpoint: number; domain: number; maps: DeviceMap[] } = { endpoint: 0, domain: 0, maps: [] };
  #stats: Stats | undefined;
  #started = false;
  #killed = false;
  /** The device's code may be running, or may never stop to. */
  #hasDevice = false;
  #refused = false;

  constructor(options: KernelEndpointOptions) {
    this.#options = options;
    this.#fd = openModule();
    this.#worker = new MappingWorker('device-worker', undefined, (message: FromDeviceWorker) => this.#take(message));
    // Their workers take as long to load as the device does.
    const captures: KernelEndpointOptions['capture'][] = [options.capture, options.live];
    this.#captures = captures
      .filter((each) => each !== undefined)
      .map(({ file, settings = {} }) => new Capture(file, options.onEvent, { pace: true, settings }));
    this.plugged = this.#plugged.promise;
    this.bound = this.#bound.promise;
    this.closed = this.#worker.ended.then((end) => this.#close(end.error));
    // Nobody has to listen to these.
    for (const promise of [this.#loaded.promise, this.#created.promise, this.plugged, this.bound])
      promise.catch(() => {});
  }

  /** The number of the endpoint, by which taps find it. */
  get endpoint(): number {
    return this.#identity.endpoint;
  }

  get domain(): number {
    return this.#identity.domain;
  }

  /** What captures say about the functions. */
  get maps(): readonly DeviceMap[] {
    return this.#identity.maps;
  }

  /** Address of function 0, as lspci and sysfs write it. */
  get address(): string {
    return `${this.domain.toString(16).padStart(4, '0')}:00:00.0`;
  }

  /** What the module has counted so far; after the end, the last counts. */
  get stats(): Stats {
    return this.#stats ?? readStats(this.#fd);
  }

  /** The author's files that the device was loaded from. */
  get files(): readonly string[] {
    return this.#files;
  }

  /**
   * Loads everything that it takes to load the device, and this version of it, which is known to be good: then another
   * version is loaded in a moment.
   */
  warmUp(version: number): void {
    const { entry, options } = this.#options;
    this.#worker.post({ type: 'warm', entry: entryUrl(entry), version, options });
  }

  /**
   * Loads the device and checks its options; nothing is on the bus yet. Throws a Failure. `version`: anything but 0 loads
   * the author's files again, as they are now; a device that could not be loaded takes another one.
   */
  async load(version = 0): Promise<void> {
    const { entry, options } = this.#options;
    this.#loaded = Promise.withResolvers<void>();
    this.#hasDevice = true;
    this.#worker.post({ type: 'load', entry: entryUrl(entry), version, options });
    await this.#loaded.promise;
  }

  /** Makes the endpoint, attaches the capture, and starts to plug. */
  async start(): Promise<void> {
    const completionTimeoutUs = this.#options.completionTimeoutUs ?? DEFAULT_COMPLETION_TIMEOUT_US;
    this.#worker.post({ type: 'create', fd: this.#fd, completionTimeoutUs });
    const { endpoint, domain, maps } = await this.#created.promise;
    this.#identity = { endpoint, domain, maps };
    try {
      await Promise.all(this.#captures.map((capture) => capture.attach(endpoint, maps)));
    } catch (error) {
      await this.kill();
      throw error;
    }
    this.#started = true;
    this.#monitor = new Monitor(this.#fd, this.#options.onEvent);
    this.#worker.post({ type: 'plug' });
  }

  /** Loads the device's module again while it stays plugged. If only handlers are different, these take over. */
  reload(version: number): Promise<Reload> {
    this.#reloading ??= Promise.withResolvers<Reload>();
    this.#worker.post({ type: 'reload', version });
    return this.#reloading.promise;
  }

  /**
   * Orderly removal: the driver lets go of the device first, and may use it for that. Resolves with the final counts. A
   * device that does not respond is killed, and then this throws a Failure.
   */
  async unplug(): Promise<Stats> {
    this.#worker.post({ type: 'unplug' });
    const responds = Promise.race([this.#unplugging.promise, this.closed]).then(() => true);
    if (!(await Promise.race([responds, setTimeout(RESPONSE_TIME, false, { ref: false })]))) {
      await this.kill();
      throw new Failure(
        `A handler of the device has not returned for ${RESPONSE_TIME / 1000} s: it was removed by surprise`,
      );
    }
    await this.closed;
    return this.stats;
  }

  /** As `unplug`, but resolves when the device has left the bus: what remains to be done goes on. */
  async leave(): Promise<void> {
    const unplugged = this.unplug();
    await Promise.race([this.#left.promise, unplugged]);
    unplugged.catch(() => {});
  }

  /** Surprise removal, at once. */
  async kill(): Promise<void> {
    this.#killed = true;
    await this.#worker.stop({ type: 'exit' }, this.#hasDevice ? undefined : WARM_UP_TIME);
    await this.closed;
  }

  #take(message: FromDeviceWorker): void {
    switch (message.type) {
      case 'created':
        this.#created.resolve(message);
        break;
      case 'loaded':
        this.#files = message.files;
        this.#loaded.resolve();
        break;
      case 'reloaded': {
        const { outcome, problem } = message;
        this.#reloading?.resolve({ outcome, failure: problem && failureOf(problem) });
        this.#reloading = undefined;
        break;
      }
      case 'refused': {
        const failure = failureOf(message);
        this.#loaded.reject(failure);
        // Until then another version can be loaded.
        if (message.final) {
          this.#refused = true;
          for (const { reject } of [this.#created, this.#plugged]) reject(failure);
        }
        break;
      }
      case 'event':
        this.#options.onEvent(message.event);
        break;
      case 'plugged':
        this.#identity.maps = message.maps;
        this.#onPlugged(message.errno);
        break;
      case 'bound':
        void this.#onBound(message.fn);
        break;
      case 'unplugging':
        this.#unplugging.resolve();
        break;
      case 'unplugged':
        this.#stats = message.stats;
        break;
    }
  }

  #onPlugged(errno: number): void {
    if (errno === 0) {
      this.#options.onEvent({ type: 'plugged', address: this.address });
      this.#plugged.resolve();
    } else {
      this.#plugged.reject(
        new Failure(`The kernel could not enumerate the device: ${getSystemErrorMessage(errno)}`, [
          'The kernel log says more: dmesg',
        ]),
      );
    }
  }

  async #onBound(fn: number): Promise<void> {
    const address = this.address.replace(/0$/, String(fn));
    const link = await readlink(`/sys/bus/pci/devices/${address}/driver`).catch(() => 'unknown');
    const driver = basename(link);
    this.#options.onEvent({ type: 'bound', driver, ...(fn > 0 && { function: fn }) });
    this.#bound.resolve({ driver });
  }

  /** The worker is gone and its memory unmapped: closing the file takes the device off the bus if it is still there. */
  async #close(error: Error | undefined): Promise<EndpointEnd> {
    this.#monitor?.stop();
    const orderly = this.#stats !== undefined;
    if (this.#started) {
      this.#stats ??= readStats(this.#fd);
      this.#monitor?.check(this.#stats);
    }
    if (!orderly && !this.#killed && !this.#refused) this.#reportCrash(error);
    closeSync(this.#fd);
    if (this.#started) await leavesBus(this.address);
    this.#left.resolve();
    await Promise.all(this.#captures.map((capture) => capture.finish()));
    if (this.#stats) this.#options.onEvent({ type: 'unplugged', stats: this.#stats });
    const gone = new Failure('The device was removed before that');
    for (const { reject } of [this.#loaded, this.#created, this.#plugged, this.#bound]) reject(gone);
    this.#reloading?.resolve({ outcome: 'failed', failure: gone });
    if (orderly || this.#refused) return 'unplugged';
    return this.#killed ? 'killed' : 'crashed';
  }

  #reportCrash(error: Error | undefined): void {
    if (!error) {
      this.#fail('device', 'it called process.exit()');
      return;
    }
    const { message, location, stack } = reportError(error);
    this.#options.onEvent({ type: 'device-error', where: 'device', message, location, stack, fatal: true });
  }

  #fail(where: string, message: string): void {
    this.#options.onEvent({ type: 'device-error', where, message, location: undefined, stack: '', fatal: true });
  }
}

/** After a surprise removal the kernel takes the driver off by itself, which takes as long as the driver does. */
async function leavesBus(address: string): Promise<void> {
  const end = performance.now() + REMOVAL_TIME;
  while (existsSync(`/sys/bus/pci/devices/${address}`) && performance.now() < end) await setTimeout(REMOVAL_POLL);
}

function failureOf({ message, details, usage }: Problem): Failure {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return usage ? new UsageFailure(capital, details) : new Failure(capital, details);
}

function entryUrl(entry: string): string {
  return /^[a-z]+:/.test(entry) ? entry : pathToFileURL(entry).href;
}
