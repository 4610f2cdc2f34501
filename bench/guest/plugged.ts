import { setTimeout } from 'node:timers/promises';
import { type KernelEndpoint, type KernelEvent, openKernelEndpoint } from '../../src/host/kernel/index.ts';

/** What to plug. */
export interface PlugOptions {
  /** URL of the device's module. */
  entry: string;
  options?: Readonly<Record<string, unknown>>;
  /** File for a capture of all of it, of which the end is kept. */
  capture?: string;
  /** Gets what the device logs, and other news of it that are no trouble. */
  onEvent?: (event: KernelEvent) => void;
}

/** What a guest's memory has room for. */
const ring = { fileBytes: 100e6, files: 2 };

/** Plugs a device into this kernel and waits for its driver. Trouble of the device ends the benchmark. */
export async function plugIn(plug: PlugOptions): Promise<KernelEndpoint> {
  const { entry, options = {}, capture, onEvent } = plug;
  const endpoint = await openKernelEndpoint({
    entry,
    options,
    ...(capture === undefined ? {} : { capture: { file: capture, settings: ring } }),
    onEvent: (event) => {
      if (/error|timeout|trouble|failed|warn/.test(event.type)) throw new Error(`${entry}: ${JSON.stringify(event)}`);
      onEvent?.(event);
    },
  });
  await endpoint.bound;
  return endpoint;
}

/** Looks until `look` finds something. */
export async function waitFor<T>(what: string, look: () => T | undefined, seconds = 30): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not appear within ${seconds} s`);
    await setTimeout(20);
  }
}
