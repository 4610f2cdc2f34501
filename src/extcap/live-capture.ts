import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import { openCaptureOutput } from '../host/kernel/capture-output.ts';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import { Capture, type KernelEvent } from '../host/kernel/index.ts';
import { type RunningDevice, runningDevices } from '../run/registry.ts';
import { SectionMerger } from './merge.ts';

/** Milliseconds between two looks whether a device is still there. */
const POLL = 250;
/** Milliseconds that a device has to leave the bus after its process has taken leave or died. */
const LEAVING = 10_000;

export interface LiveCaptureOptions {
  devices: readonly RunningDevice[];
  /** File or pipe. */
  output: string;
  settings: CaptureSettings;
  /** Ends the capture. */
  stop: Promise<void>;
  onAttached?: () => void;
}

/** What a capture came to. */
export interface LiveCaptureTotals {
  delivered: number;
  lost: number;
  /** It has ended because its settings say so. */
  isOver: boolean;
}

/**
 * Captures what running devices do until `stop`, or until all of them are gone, or until nobody reads the pipe any more.
 * Throws a Failure if it cannot start, or breaks off for another reason.
 */
export async function captureLive(options: LiveCaptureOptions): Promise<LiveCaptureTotals> {
  const { devices } = options;
  return devices.length === 1 ? captureOne(devices[0] as RunningDevice, options) : captureSeveral(options);
}

async function captureOne(
  device: RunningDevice,
  { output, settings, stop, onAttached }: Omit<LiveCaptureOptions, 'devices'>,
): Promise<LiveCaptureTotals> {
  const broken = Promise.withResolvers<string>();
  const over = Promise.withResolvers<void>();
  const totals = { delivered: 0, lost: 0, isOver: false };
  const capture = new Capture(
    output,
    (event: KernelEvent) => {
      if (event.type === 'capture-failed') broken.resolve(event.message);
      else if (event.type === 'captured') {
        Object.assign(totals, { delivered: event.delivered, lost: event.lost });
        totals.isOver = true;
        over.resolve();
      }
    },
    { settings },
  );
  await capture.attach(device.endpoint, device.maps);
  onAttached?.();
  const ended = new AbortController();
  // Its driver's last accesses come after it has left the registry.
  const gone = isGone(device, ended.signal).then(() => {
    return Promise.race([
      capture.unplugged,
      sleep(LEAVING, undefined, { ref: false, signal: ended.signal }).catch(() => {}),
    ]);
  });
  const reason = await Promise.race([stop, gone, broken.promise, over.promise]);
  ended.abort();
  const { isOver } = totals;
  await capture.finish();
  // Whoever read the pipe has closed it: that is how such captures end.
  if (typeof reason === 'string' && !reason.includes('EPIPE')) {
    throw new Failure(`The capture of ${device.address} broke off: ${reason}`);
  }
  return { ...totals, isOver };
}

/** A capture for each device through a pipe of its own, which holds back a capture that is ahead of the output. */
async function captureSeveral(options: LiveCaptureOptions): Promise<LiveCaptureTotals> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-capture-'));
  const file = openCaptureOutput(options.output, options.settings);
  const merger = new SectionMerger(file.write);
  // What is done to the whole is not done to the parts.
  const { compression: _, before, fileBytes, fileSeconds, files, ...settings } = options.settings;
  const stop = Promise.withResolvers<void>();
  void options.stop.then(stop.resolve);
  let attached = 0;
  const onAttached = () => {
    attached += 1;
    if (attached === options.devices.length) options.onAttached?.();
  };
  const parts = options.devices.map(async (device, index) => {
    const output = join(directory, String(index));
    try {
      const part = { ...options, settings, output, stop: stop.promise, onAttached };
      const totals = await captureThroughPipe(device, part, merger.input());
      if (totals.isOver) stop.resolve();
      return totals;
    } catch (error) {
      // Not one without the others.
      stop.resolve();
      throw error;
    }
  });
  try {
    const totals = await Promise.allSettled(parts).then(() => Promise.all(parts));
    return totals.reduce((sum, { delivered, lost, isOver }) => ({
      delivered: sum.delivered + delivered,
      lost: sum.lost + lost,
      isOver: sum.isOver || isOver,
    }));
  } finally {
    file.close();
    await rm(directory, { recursive: true });
  }
}

/** Captures into a new pipe at `options.output`, and hands over what comes out of it. */
async function captureThroughPipe(
  device: RunningDevice,
  options: Omit<LiveCaptureOptions, 'devices'>,
  take: (chunk: Uint8Array) => void,
): Promise<LiveCaptureTotals> {
  execFileSync('mkfifo', ['-m', '600', options.output]);
  // Both ends of the pipe: nobody waits for the other one to open it, and it ends when this is closed.
  const hold = openSync(options.output, 'r+');
  let held = true;
  const release = () => {
    if (held) closeSync(hold);
    held = false;
  };
  const taken = takeAll(options.output, take).finally(release);
  try {
    const totals = await captureOne(device, options);
    release();
    await taken;
    return totals;
  } catch (error) {
    release();
    await taken.catch(() => {});
    throw error;
  }
}

async function takeAll(pipe: string, take: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of createReadStream(pipe, { highWaterMark: 1 << 20 })) take(chunk as Buffer);
  } catch (error) {
    // As for a single device: nobody reads the output any more.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function isGone({ endpoint, address }: RunningDevice, signal: AbortSignal): Promise<void> {
  while (runningDevices().some((device) => device.endpoint === endpoint && device.address === address)) {
    await sleep(POLL, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
  }
}
