import { pathToFileURL } from 'node:url';
import { DeviceInstance } from '@pciem/sdk';
import { SimHost } from '@pciem/sdk/testing';
import { Failure, messageOf } from '../errors.ts';
import { ErrorLog } from '../host/kernel/error-log.ts';
import type { KernelEvent } from '../host/kernel/events.ts';
import { loadDevice, localFiles } from '../host/kernel/load-device.ts';
import { problemOf } from '../host/kernel/problem.ts';
import { Interruption } from './interruption.ts';
import { type Report, reporter } from './reporter.ts';
import type { RunDevice, RunRequest } from './request.ts';
import { type Reloadable, watchRuns } from './watch.ts';

/** Plugs the devices into simulated hosts until Ctrl-C. Returns the exit status. */
export async function runOnSim(request: RunRequest): Promise<number> {
  const report = reporter({ json: request.json ?? false });
  const interruption = new Interruption();
  const runs = request.devices.map((device) => new SimRun(device, report));
  let stopWatching = () => {};
  try {
    for (const run of runs) await run.start();
    if (request.watch) stopWatching = await watchRuns(runs);
    await interruption.first;
    return 0;
  } finally {
    stopWatching();
    interruption.stop();
    for (const run of runs) run.unplug();
  }
}

/** A device in a simulated host, through all versions of its code. */
export class SimRun implements Reloadable {
  readonly #device: RunDevice;
  readonly #report: Report;
  readonly #errors: ErrorLog;
  #host: SimHost | undefined;
  #files: readonly string[] = [];
  #version = 0;

  constructor(device: RunDevice, report: Report) {
    this.#device = device;
    this.#report = report;
    this.#errors = new ErrorLog((event) => this.#tell(event));
  }

  get files(): readonly string[] {
    return this.#files;
  }

  /** For tests: the host that the device is in now. */
  get host(): SimHost | undefined {
    return this.#host;
  }

  /** Throws a Failure if the device cannot be plugged. */
  async start(): Promise<void> {
    try {
      this.#plug(await this.#load());
    } catch (error) {
      throw failureOf(error);
    }
    const text = 'plugged into a simulated host, where no driver is; Ctrl-C unplugs it';
    this.#report(this.#device.label, { type: 'note', text });
  }

  async reload(since: number): Promise<void> {
    const { label } = this.#device;
    this.#version++;
    try {
      const instance = await this.#load();
      const swapped = this.#host?.replace(instance) ?? false;
      if (!swapped) {
        this.#host?.close();
        this.#host = undefined;
        this.#plug(instance);
      }
      const milliseconds = performance.now() - since;
      const how = swapped ? 'swapped' : 'replugged';
      this.#report(label, { type: 'reloaded', how, milliseconds, version: this.#version });
    } catch (error) {
      const { message, nextSteps } = failureOf(error);
      const plugged = this.#host !== undefined;
      this.#report(label, { type: 'reload-failed', message, details: nextSteps, plugged });
    }
  }

  unplug(): void {
    this.#host?.close();
    this.#errors.flush();
  }

  async #load(): Promise<DeviceInstance> {
    const { device, settings } = this.#device;
    const definition = await loadDevice(pathToFileURL(device.entry).href, this.#version);
    this.#files = localFiles();
    return new DeviceInstance(definition, settings);
  }

  #plug(instance: DeviceInstance): void {
    this.#host = new SimHost(instance, {
      onError: 'record',
      onLog: (type, text) => this.#tell({ type, text }),
      onDeviceError: ({ error, where }) => void this.#errors.add(error, where),
    });
  }

  #tell(event: KernelEvent): void {
    this.#report(this.#device.label, event);
  }
}

function failureOf(error: unknown): Failure {
  const { message, details, usage } = problemOf(error);
  const text = messageOf(message);
  return new Failure(text.charAt(0).toUpperCase() + text.slice(1), details, usage ? 2 : 1);
}
