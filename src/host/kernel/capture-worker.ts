import { parentPort, workerData } from 'node:worker_threads';
import { type DeviceMap, PacketGate, TapConverter } from '@pciem/capture/recorder';
import { uapi } from '@pciem/capture/uapi';
import { IoctlArgument } from './argument.ts';
import { openCaptureOutput } from './capture-output.ts';
import { hasConditions } from './capture-settings.ts';
import { LookInterval } from './look-interval.ts';
import { CAPTURE_PRIORITY, setThreadPriority } from './priority.ts';
import type { CaptureWorkerData, FromCaptureWorker, ToCaptureWorker } from './protocol.ts';
import { Readiness } from './readiness.ts';
import { ioctl, mmap, viewOf } from './syscalls.ts';
import { TapRing } from './tap-ring.ts';

/**
 * The capture worker: moves one tap's events into a file. It looks at the ring at intervals as long as events come, so
 * that the kernel need not wake it for each one, and sleeps when none do.
 */

/** Milliseconds after which, at the next look, whoever reads the file while it grows sees a packet, however busy the bus. */
const FLUSH_INTERVAL = 200;
/** The same of a compressed file, which small pieces would make larger. */
const COMPRESSED_FLUSH_INTERVAL = 5000;
/** Looks without an event before it sleeps. */
const QUIET_LOOKS = 4;

const { fields, size } = uapi.structs.pciem_tap;
const data = workerData as CaptureWorkerData;
const { settings } = data;

function send(message: FromCaptureWorker): void {
  parentPort?.postMessage(message);
}

function attach(endpoint: number): TapRing {
  const tap = new IoctlArgument(size);
  tap.view.setUint32(fields.endpoint.offset, endpoint, true);
  tap.view.setUint32(fields.bytes.offset, data.ringBytes, true);
  tap.view.setUint32(fields.snaplen.offset, settings.snaplen ?? 0, true);
  const { PCIEM_TAP_PACE, PCIEM_TAP_CALLERS } = uapi.constants;
  const flags = (data.pace ? PCIEM_TAP_PACE : 0) | (settings.callers ? PCIEM_TAP_CALLERS : 0);
  tap.view.setUint32(fields.flags.offset, flags, true);
  ioctl(data.fd, uapi.constants.PCIEM_TAP_ATTACH, 'PCIEM_TAP_ATTACH', tap.address);
  const length = Number(tap.view.getBigUint64(fields.map_bytes.offset, true));
  const mapping = mmap(data.fd, uapi.constants.PCIEM_MMAP_RING, length, 'the tap ring');
  send({ type: 'mapped', mapping });
  return new TapRing(viewOf(mapping));
}

/** The settings that a reader of the file should know of. */
function whatIsKept(): string {
  const { filter, snaplen } = settings;
  const parts = [filter && `TLPs with ${filter}`, snaplen && `payloads up to ${snaplen} bytes`].filter(Boolean);
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

/** Attaches the tap and starts to write. Returns what ends that. */
function start(endpoint: number, maps: readonly DeviceMap[]): () => void {
  setThreadPriority(CAPTURE_PRIORITY);
  let isOver = false;
  const told = { onTrigger: () => output.release(), onStop: () => (isOver = true) };
  // Every packet goes through it.
  const gate = hasConditions(settings) ? new PacketGate({ ...settings, ...told }, maps) : undefined;
  const output = openCaptureOutput(data.file, settings);
  const ring = attach(endpoint);
  const converter = new TapConverter({
    sink: output.write,
    maps: [...maps],
    ...settings.link,
    ...(gate && { gate }),
    session: whatIsKept(),
  });
  const flushInterval = settings.compression === undefined ? FLUSH_INTERVAL : COMPRESSED_FLUSH_INTERVAL;
  const take = converter.push.bind(converter);
  const interval = new LookInterval(data.ringBytes, performance.now());
  let quiet = 0;
  let unplugged = false;
  let flushed = performance.now();
  const readiness = new Readiness(data.fd, () => {
    // The file also gets readable for good when the endpoint dies: then this is a look at intervals, not a busy loop.
    quiet = 0;
    guard(look);
  });
  let timer: NodeJS.Timeout | undefined;
  const limit =
    settings.seconds &&
    setTimeout(() => guard(() => finish(`${settings.seconds} s are over`)), settings.seconds * 1000);

  function look(): void {
    timer = undefined;
    const now = performance.now();
    const bytes = ring.drain(take);
    const wait = interval.after(bytes, ring.pending, now);
    quiet = bytes === 0 ? quiet + 1 : 0;
    if (isOver) {
      finish(`${settings.stopWhen} holds`);
      return;
    }
    if (converter.unplugged && !unplugged) {
      unplugged = true;
      send({ type: 'unplugged' });
    }
    if (performance.now() - flushed > flushInterval) {
      converter.flush();
      flushed = performance.now();
    }
    if (quiet < QUIET_LOOKS) {
      timer = setTimeout(() => guard(look), wait);
      return;
    }
    // Nothing keeps waiting while nothing comes.
    converter.flush();
    if (ring.askForWakeup()) readiness.wait();
    else timer = setTimeout(() => guard(look), wait);
  }

  function finish(reason = 'the device or its user ends it'): void {
    clearTimeout(timer);
    clearTimeout(limit);
    readiness.close();
    ring.drain(take);
    const { lost, delivered } = ring;
    converter.finish({ lost, delivered }, reason);
    output.close();
    send({ type: 'finished', lost, delivered });
    parentPort?.close();
  }

  send({ type: 'attached' });
  look();
  return finish;
}

/** The capture ends at the first thing that goes wrong, and says so. */
function guard(action: () => void): void {
  try {
    action();
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    setImmediate(() => process.exit());
  }
}

let finish = () => parentPort?.close();

parentPort?.on('message', (message: ToCaptureWorker) => {
  guard(() => {
    if (message.type === 'finish') finish();
    else finish = start(message.endpoint, message.maps);
  });
});
