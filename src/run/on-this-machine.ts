import { resolve } from 'node:path';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import type { KernelEvent } from '../host/kernel/index.ts';
import { startCommand } from './command.ts';
import { DeviceRun, type RunParts } from './device-run.ts';
import { waitForDriver } from './driver.ts';
import { Interruption } from './interruption.ts';
import { type Report, reporter } from './reporter.ts';
import type { RunRequest } from './request.ts';

/** What others do with a device that runs. */
export interface RunHooks {
  /** A pipe that gets what a capture gets. */
  live?: { readonly file: string; readonly settings: CaptureSettings };
  /** Seconds that a driver which exists may take to bind. */
  bindLimit?: number;
  /** Whether the command waits until a driver has bound; true when left out. */
  awaitsDriver?: boolean;
  /** Says why no driver has bound to a function; a line each. */
  unbound?: (address: string) => readonly string[];
  /** Whether an event is shown; all are when left out. */
  shows?: (event: KernelEvent) => boolean;
}

/** Plugs the devices into this machine, runs the command, unplugs the devices. Returns the exit status. */
export async function runOnThisMachine(request: RunRequest, hooks: RunHooks = {}): Promise<number> {
  const { devices, watch = false } = request;
  const report = reporter({ json: request.json ?? false, captureTitle: request.captureTitle, shows: hooks.shows });
  const interruption = new Interruption();
  const capture = await openCapture(request);
  const runs = devices.map((device) => new DeviceRun(device, { report, capture, watch, hooks }));
  let stopWatching = () => {};
  try {
    for (const run of runs) await run.start();
    if (watch) stopWatching = await watchAll(runs, request.changes);
    const crash = Promise.race(runs.map(({ crashed }) => crashed)).then((failure) => Promise.reject(failure));
    const status = await Promise.race([use(runs, request, hooks, report, interruption), crash]);
    stopWatching();
    for (const run of runs) await run.unplug();
    return status;
  } finally {
    stopWatching();
    interruption.stop();
    for (const run of runs) await run.kill();
    if (capture && 'close' in capture) await capture.close();
  }
}

/** One endpoint writes the file itself; several, or one after the other, share it. */
async function openCapture(request: RunRequest): Promise<RunParts['capture']> {
  const { capture, captureSettings = {}, devices, watch } = request;
  if (capture === undefined) return undefined;
  const file = resolve(capture);
  if (devices.length === 1 && !watch) return { file, settings: captureSettings };
  const { MergedCapture } = await import('./merged-capture.ts');
  return MergedCapture.open(file, captureSettings);
}

async function watchAll(runs: readonly DeviceRun[], changes: string | undefined): Promise<() => void> {
  const { watchRuns } = await import('./watch.ts');
  return watchRuns(runs, changes);
}

/** The life of plugged devices. */
async function use(
  runs: readonly DeviceRun[],
  { devices, command }: RunRequest,
  { bindLimit, unbound, awaitsDriver = true }: RunHooks,
  report: Report,
  interruption: Interruption,
): Promise<number> {
  const plugged = Promise.all(runs.map(({ endpoint }) => endpoint.plugged));
  await Promise.race([plugged, interruption.first]);
  const note = (n: number, text: string) => report(devices[n]?.label ?? '', { type: 'note', text });
  if (command.length === 0) {
    if (!interruption.happened) note(0, devices.length === 1 ? 'Ctrl-C unplugs it' : 'Ctrl-C unplugs them all');
    await interruption.first;
    return 0;
  }
  const wait = ({ endpoint }: DeviceRun) => waitForDriver(endpoint, interruption.first, bindLimit);
  const missing = awaitsDriver ? await Promise.all(runs.map(wait)) : [];
  missing.forEach((why, n) => {
    if (why === undefined) return;
    note(n, `${why}: running the command without one`);
    for (const line of unbound?.(runs[n]?.endpoint.address ?? '') ?? []) note(n, line);
  });
  if (interruption.happened) return 130;
  const addresses = runs.map(({ endpoint }) => endpoint.address);
  const running = startCommand(command, {
    PCIEM_ADDRESS: addresses[0] ?? '',
    PCIEM_ADDRESSES: addresses.join(' '),
  });
  interruption.forwardTo(running);
  return running.status;
}
