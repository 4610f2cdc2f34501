import { resolve } from 'node:path';
import { Failure, messageOf } from '../errors.ts';
import { type KernelEndpoint, type KernelEvent, openKernelEndpoint } from '../host/kernel/index.ts';
import { renderEvent } from '../render/events.ts';
import { startCommand } from './command.ts';
import { waitForDriver } from './driver.ts';
import { Interruption } from './interruption.ts';
import { publishDevice } from './registry.ts';
import type { RunRequest } from './request.ts';

/** What others do with a device that runs. */
export interface RunHooks {
  /** A pipe that gets what a capture gets. */
  live?: string;
  completionTimeoutUs?: number;
  /** Whether an event is shown; all are when left out. */
  shows?: (event: KernelEvent) => boolean;
}

/** Plugs the device into this machine, runs the command, unplugs the device. Returns the exit status. */
export async function runOnThisMachine(request: RunRequest, hooks: RunHooks = {}): Promise<number> {
  const { live, completionTimeoutUs, shows = () => true } = hooks;
  const { device, settings, capture, captureTitle, captureSettings = {}, command } = request;
  const interruption = new Interruption();
  const endpoint = await openKernelEndpoint({
    entry: device.entry,
    options: settings,
    ...(capture === undefined ? {} : { capture: { file: resolve(capture), settings: captureSettings } }),
    ...(live === undefined ? {} : { live: { file: live } }),
    ...(completionTimeoutUs === undefined ? {} : { completionTimeoutUs }),
    onEvent: (event) => {
      if (!shows(event)) return;
      showEvent(device.name, 'file' in event && captureTitle !== undefined ? { ...event, file: captureTitle } : event);
    },
  });
  const unpublish = publish(endpoint, device.name);
  try {
    const crashed = endpoint.closed.then((end) => {
      if (end === 'crashed') throw new Failure('The device ended before it was unplugged');
      return 0;
    });
    const status = await Promise.race([use(endpoint, device.name, command, interruption), crashed]);
    await endpoint.unplug();
    return status;
  } finally {
    interruption.stop();
    unpublish();
    await endpoint.kill();
  }
}

/** Lets other processes find the device to tap it. A device that cannot be found works all the same. */
function publish({ endpoint, domain, address, maps }: KernelEndpoint, name: string): () => void {
  try {
    return publishDevice({ endpoint, domain, address, name, maps: [...maps] });
  } catch (error) {
    say(name, `other programs cannot find it to capture: ${messageOf(error)}`);
    return () => {};
  }
}

/** The life of a plugged device. */
async function use(
  endpoint: KernelEndpoint,
  name: string,
  command: readonly string[],
  interruption: Interruption,
): Promise<number> {
  await Promise.race([endpoint.plugged, interruption.first]);
  if (command.length === 0) {
    if (!interruption.happened) say(name, 'Ctrl-C unplugs it');
    await interruption.first;
    return 0;
  }
  const missing = await waitForDriver(endpoint, interruption.first);
  if (missing !== undefined) say(name, `${missing}: running the command without one`);
  if (interruption.happened) return 130;
  const running = startCommand(command, { PCIEM_ADDRESS: endpoint.address });
  interruption.forwardTo(running);
  return running.status;
}

function showEvent(name: string, event: KernelEvent): void {
  for (const line of renderEvent(event)) say(name, line);
}

/** Not on stdout, which belongs to the command. */
function say(name: string, line: string): void {
  process.stderr.write(`${name}: ${line}\n`);
}
