import { Failure, messageOf } from '../errors.ts';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import { KernelEndpoint, type KernelEvent } from '../host/kernel/index.ts';
import type { CapturePart, MergedCapture } from './merged-capture.ts';
import type { RunHooks } from './on-this-machine.ts';
import { publishDevice } from './registry.ts';
import type { Report } from './reporter.ts';
import type { RunDevice } from './request.ts';

/** What the devices of a run share. */
export interface RunParts {
  readonly report: Report;
  /** Where the capture goes: a file of its own, or one together with others. */
  readonly capture: { readonly file: string; readonly settings: CaptureSettings } | MergedCapture | undefined;
  /** Be ready to load the device again at any time. */
  readonly watch: boolean;
  readonly hooks: Pick<RunHooks, 'live'>;
}

/** An endpoint, and its part of the capture. */
interface Prepared {
  readonly endpoint: KernelEndpoint;
  readonly part: CapturePart | undefined;
}

interface Plugged extends Prepared {
  unpublish(): void;
}

/** A device of a run, through all versions of its code. */
export class DeviceRun {
  /** Resolves with a Failure when the device has ended by itself. */
  readonly crashed: Promise<Failure>;
  readonly #device: RunDevice;
  readonly #parts: RunParts;
  readonly #crash = Promise.withResolvers<Failure>();
  #current: Plugged | undefined;
  /** The one that takes over when a re-plug is due: its threads run already. */
  #next: Prepared | undefined;
  /** It loads one version after the other. */
  #loading: Promise<void> = Promise.resolve();
  readonly #leaving = new Set<Promise<void>>();
  #version = 0;
  #reloading: Promise<void> = Promise.resolve();

  constructor(device: RunDevice, parts: RunParts) {
    this.#device = device;
    this.#parts = parts;
    this.crashed = this.#crash.promise;
  }

  get endpoint(): KernelEndpoint {
    if (!this.#current) throw new Error('the device is not plugged');
    return this.#current.endpoint;
  }

  /** The author's files. */
  get files(): readonly string[] {
    return this.#current?.endpoint.files ?? [];
  }

  /** Plugs the device. Throws a Failure if it cannot be. */
  async start(): Promise<void> {
    const first = this.#prepare();
    try {
      await first.endpoint.load();
    } catch (error) {
      await discard(first);
      throw error;
    }
    this.#current = await this.#plug(first);
    this.#prepareNext();
  }

  /** The files have changed, at `since` (of performance.now()). Never throws. */
  reload(since: number): Promise<void> {
    this.#reloading = this.#tryReload(since);
    return this.#reloading;
  }

  async #tryReload(since: number): Promise<void> {
    this.#version++;
    const { report } = this.#parts;
    const { label } = this.#device;
    try {
      const how = await this.#reload();
      report(label, { type: 'reloaded', how, milliseconds: performance.now() - since, version: this.#version });
    } catch (error) {
      const details = error instanceof Failure ? error.nextSteps : [];
      const plugged = this.#current !== undefined;
      report(label, { type: 'reload-failed', message: messageOf(error), details, plugged });
    } finally {
      this.#prepareNext();
    }
  }

  async #reload(): Promise<'swapped' | 'replugged'> {
    const current = this.#current;
    await this.#loading;
    this.#next ??= this.#prepare();
    const next = this.#next;
    // Both at once, since it is not known yet which of them is to run it.
    const loaded = next.endpoint.load(this.#version);
    this.#loading = loaded.catch(() => {});
    const reloaded = current && (await current.endpoint.reload(this.#version));
    if (reloaded?.outcome === 'swapped') return 'swapped';
    // The new one is known to be good before the old one goes.
    await loaded;
    if (reloaded?.failure) throw reloaded.failure;
    this.#next = undefined;
    this.#current = undefined;
    if (current) await this.#leave(current);
    this.#current = await this.#plug(next);
    await this.#current.endpoint.plugged;
    return 'replugged';
  }

  /** Takes the old one off the bus; its capture may take longer to be complete. */
  async #leave({ endpoint, part, unpublish }: Plugged): Promise<void> {
    unpublish();
    await endpoint.leave().catch((error: unknown) => {
      this.#parts.report(this.#device.label, { type: 'note', text: messageOf(error) });
    });
    const done = endpoint.closed.then(() => part?.done());
    this.#leaving.add(done);
    void done.finally(() => this.#leaving.delete(done));
  }

  #prepareNext(): void {
    if (!this.#parts.watch || this.#next) return;
    this.#next = this.#prepare();
    this.#next.endpoint.warmUp(this.#version);
  }

  /** Orderly removal, after a reload that is going on. */
  async unplug(): Promise<void> {
    await this.#reloading;
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    current.unpublish();
    try {
      await current.endpoint.unplug();
    } finally {
      await current.part?.done();
    }
  }

  /** Surprise removal, of whatever there still is. */
  async kill(): Promise<void> {
    await this.#reloading;
    const { endpoint, part, unpublish } = this.#current ?? {};
    this.#current = undefined;
    unpublish?.();
    await endpoint?.kill();
    await part?.done();
    if (this.#next) await discard(this.#next);
    await Promise.all(this.#leaving);
  }

  #prepare(): Prepared {
    const { device, settings, label } = this.#device;
    const { capture, report, hooks } = this.#parts;
    const part = capture && 'part' in capture ? capture.part() : undefined;
    const target = part ?? (capture as { readonly file: string; readonly settings: CaptureSettings } | undefined);
    const endpoint = new KernelEndpoint({
      entry: device.entry,
      options: settings,
      ...(target && { capture: { file: target.file, settings: target.settings } }),
      ...(hooks.live !== undefined && { live: hooks.live }),
      onEvent: (event: KernelEvent) => report(label, event),
    });
    return { endpoint, part };
  }

  async #plug(prepared: Prepared): Promise<Plugged> {
    const { endpoint } = prepared;
    try {
      await endpoint.start();
    } catch (error) {
      await discard(prepared);
      throw error;
    }
    void endpoint.closed.then((end) => {
      if (end === 'crashed') this.#crash.resolve(new Failure('The device ended before it was unplugged'));
    });
    const unpublish = this.#publish(endpoint);
    let isThere = true;
    // Once more, with the bus addresses that it has got by then.
    endpoint.plugged.then(
      () => isThere && this.#publish(endpoint),
      () => {},
    );
    return {
      ...prepared,
      unpublish: () => {
        isThere = false;
        unpublish();
      },
    };
  }

  /** Lets other processes find the device to tap it. A device that cannot be found works all the same. */
  #publish({ endpoint, domain, address, maps }: KernelEndpoint): () => void {
    const { label } = this.#device;
    try {
      return publishDevice({ endpoint, domain, address, name: label, maps: [...maps] });
    } catch (error) {
      const text = `other programs cannot find it to capture: ${messageOf(error)}`;
      this.#parts.report(label, { type: 'note', text });
      return () => {};
    }
  }
}

async function discard({ endpoint, part }: Prepared): Promise<void> {
  await endpoint.kill();
  await part?.done();
}
