import { parentPort } from 'node:worker_threads';
import { DeviceInstance } from '@pciem/sdk';
import { reportError } from './error-report.ts';
import { loadDevice, localFiles, warmUp } from './load-device.ts';
import { PluggedDevice } from './plugged-device.ts';
import { DEVICE_PRIORITY, setThreadPriority } from './priority.ts';
import { isExceptionOfDevice, problemOf } from './problem.ts';
import type { FromDeviceWorker, ToDeviceWorker } from './protocol.ts';

/**
 * The device worker: runs one device on its own thread. It answers the driver, so nothing here may block but the
 * device's own handlers.
 */

type Message<T extends ToDeviceWorker['type']> = Extract<ToDeviceWorker, { readonly type: T }>;

let loaded: { instance: DeviceInstance; request: Message<'load'> } | undefined;
let plugged: PluggedDevice | undefined;

function send(message: FromDeviceWorker): void {
  parentPort?.postMessage(message);
}

async function load(request: Message<'load'>): Promise<void> {
  try {
    const definition = await loadDevice(request.entry, request.version);
    const instance = new DeviceInstance(definition, request.options);
    loaded = { instance, request };
    send({ type: 'loaded', files: localFiles() });
  } catch (error) {
    send({ type: 'refused', final: false, ...problemOf(error) });
  }
}

/** What is loaded and run here once takes far less time again. */
async function warm({ entry, version, options }: Message<'warm'>): Promise<void> {
  await warmUp();
  const definition = await loadDevice(entry, version).catch(() => undefined);
  if (!definition) return;
  try {
    new DeviceInstance(definition, options);
  } catch {
    // The version that is loaded next will tell.
  }
}

function create({ fd, completionTimeoutUs }: Message<'create'>): void {
  if (!loaded) throw new Error('create before load');
  setThreadPriority(DEVICE_PRIORITY);
  plugged = new PluggedDevice(loaded.instance, { fd, completionTimeoutUs, send });
  reportStrayErrors(plugged);
  const { endpoint, domain } = plugged.created;
  send({ type: 'created', endpoint, domain, maps: plugged.maps });
}

async function reload(version: number): Promise<void> {
  if (!loaded || !plugged) throw new Error('reload before create');
  const { entry, options } = loaded.request;
  try {
    const swapped = plugged.replace(await loadDevice(entry, version), options);
    send({ type: 'loaded', files: localFiles() });
    send({ type: 'reloaded', outcome: swapped ? 'swapped' : 'different', problem: undefined });
  } catch (error) {
    send({ type: 'reloaded', outcome: 'failed', problem: problemOf(error) });
  }
}

/** Timers, sockets and promises of the device: an exception there is an error of the device, not the end of it. */
function reportStrayErrors(device: PluggedDevice): void {
  process.on('uncaughtException', (error) => device.strayError(error, 'timer or callback'));
  process.on('unhandledRejection', (error) => device.strayError(error, 'promise'));
}

function refuse(error: unknown): void {
  if (isExceptionOfDevice(error)) {
    const { message, location, stack } = reportError(error);
    send({ type: 'event', event: { type: 'device-error', where: 'setup', message, location, stack, fatal: true } });
  }
  send({ type: 'refused', final: true, ...problemOf(error) });
  setImmediate(() => process.exit());
}

async function obey(message: ToDeviceWorker): Promise<void> {
  switch (message.type) {
    case 'warm':
      return warm(message);
    case 'load':
      return load(message);
    case 'create':
      return create(message);
    case 'reload':
      return reload(message.version);
    case 'plug':
      return plugged?.plug();
    case 'unplug':
      return plugged?.unplug();
    case 'exit':
      plugged?.stop();
      process.exit();
  }
}

process.setSourceMapsEnabled(true);
parentPort?.on('message', (message: ToDeviceWorker) => {
  obey(message).catch(refuse);
});
