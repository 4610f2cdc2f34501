import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { uapi } from '@pciem/capture/uapi';
import { DeviceInstance, isDeviceDefinitionError, isDeviceOptionsError } from '@pciem/sdk';
import { Control, readStats, spaceMmapOffset } from './control.ts';
import { DeviceLoop } from './device-loop.ts';
import { type LifeCycle, recordHandler } from './device-records.ts';
import { reportError } from './error-report.ts';
import type { KernelEvent } from './events.ts';
import { KernelPort } from './kernel-port.ts';
import { DeviceLoadError, loadDevice } from './load-device.ts';
import type { DeviceWorkerData, FromDeviceWorker, ToDeviceWorker } from './protocol.ts';
import { Ring } from './ring.ts';
import { spaceMapBytes, spaceMemory } from './space-memory.ts';
import { mmap, SyscallError, viewOf } from './syscalls.ts';

/**
 * The device worker: runs one device on its own thread. It answers the driver, so nothing here may block but the
 * device's own handlers.
 */

const RING_ENTRIES = 4096;
/** The function is alone on its bus. */
const BUS = 0;
const DEVICE = 0;

const data = workerData as DeviceWorkerData;

function send(message: FromDeviceWorker): void {
  parentPort?.postMessage(message);
}

function emit(event: KernelEvent): void {
  send({ type: 'event', event });
}

function map(offset: number, length: number, what: string): ArrayBuffer {
  const mapping = mmap(data.fd, offset, length, what);
  send({ type: 'mapped', mapping });
  return viewOf(mapping);
}

async function start(): Promise<void> {
  const instance = new DeviceInstance(await loadDevice(data.entry), data.options);
  const control = new Control(data.fd);
  const created = control.create({
    name: instance.name,
    functions: instance.functions.map(({ layout }) => layout.bars),
    ringEntries: RING_ENTRIES,
    completionTimeoutUs: data.completionTimeoutUs,
  });
  for (const { fn, space, size } of instance.spaces) {
    const memory = map(spaceMmapOffset(fn, space), spaceMapBytes(size), `register space ${space}`);
    instance.attach(fn, space, spaceMemory(memory, size));
  }
  const ring = new Ring(map(uapi.constants.PCIEM_MMAP_RING, created.ringBytes, 'the ring'));
  const nameAt = instance.nameAt.bind(instance);
  const port = new KernelPort({ control, ring, nameAt, emit });
  instance.start(port);
  reportStrayErrors(port);

  const life: LifeCycle = {
    plugged: (errno) => send({ type: 'plugged', errno }),
    bound: () => send({ type: 'bound' }),
    unbound: () => emit({ type: 'unbound' }),
    reset: (kind) => emit({ type: 'reset', kind }),
    unplugged: finish,
  };
  const handle = recordHandler(instance, port, life);
  const drained = () => instance.drained();
  const loop = new DeviceLoop({ ring, fd: data.fd, cpus: availableParallelism(), handle, drained });

  function finish(): void {
    loop.stop();
    instance.stop();
    port.errors.flush();
    send({ type: 'unplugged', stats: readStats(data.fd) });
    // The device may have left timers and sockets behind, which would keep the thread alive.
    setImmediate(() => process.exit());
  }

  parentPort?.on('message', (message: ToDeviceWorker) => {
    switch (message) {
      case 'plug':
        control.plug();
        loop.start();
        break;
      case 'unplug':
        send({ type: 'unplugging' });
        if (!control.unplug()) finish();
        break;
      case 'exit':
        loop.stop();
        process.exit();
    }
  });
  const address = { domain: created.domain, bus: BUS, device: DEVICE };
  const maps = instance.functions.map((_, fn) => instance.describe(fn, address));
  send({ type: 'created', endpoint: created.endpoint, domain: created.domain, maps });
}

/** Timers, sockets and promises of the device: an exception there is an error of the device, not the end of it. */
function reportStrayErrors(port: KernelPort): void {
  process.on('uncaughtException', (error) => port.deviceError(error, 'timer or callback'));
  process.on('unhandledRejection', (error) => port.deviceError(error, 'promise'));
}

function refuse(error: unknown): void {
  if (isDeviceOptionsError(error)) {
    send({
      type: 'refused',
      message: `wrong options for the device ${error.device}`,
      details: [...error.problems],
      usage: true,
    });
  } else if (error instanceof DeviceLoadError) {
    send({ type: 'refused', message: error.message, details: error.details, usage: false });
  } else if (isDeviceDefinitionError(error) || error instanceof SyscallError) {
    send({ type: 'refused', message: error.message, details: [], usage: false });
  } else {
    const { message, location, stack } = reportError(error);
    emit({ type: 'device-error', where: 'setup', message, location, stack, fatal: true });
    send({
      type: 'refused',
      message: `the device failed in setup: ${message}`,
      details: location ? [`at ${location}`] : [],
      usage: false,
    });
  }
  setImmediate(() => process.exit());
}

process.setSourceMapsEnabled(true);
start().catch(refuse);
