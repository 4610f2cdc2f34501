import type { DeviceMap } from '@pciem/capture';
import type { CaptureSettings } from './capture-settings.ts';
import type { KernelEvent } from './events.ts';
import type { Stats } from './stats.ts';
import type { Mapping } from './syscalls.ts';

/** What a device worker is started with. */
export interface DeviceWorkerData {
  /** An open /dev/pciem. The main thread closes it, after the worker has ended. */
  readonly fd: number;
  /** URL of the device's module. */
  readonly entry: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly completionTimeoutUs: number;
}

/** `exit`: end the thread at once, which is surprise removal for the driver. */
export type ToDeviceWorker = 'plug' | 'unplug' | 'exit';

export type FromDeviceWorker =
  /** The main thread unmaps it when the worker has ended; before, the device's code could still reach it. */
  | { readonly type: 'mapped'; readonly mapping: Mapping }
  | { readonly type: 'created'; readonly endpoint: number; readonly domain: number; readonly maps: DeviceMap[] }
  /** The device or its options cannot be used; `usage`: the options are wrong. */
  | { readonly type: 'refused'; readonly message: string; readonly details: string[]; readonly usage: boolean }
  | { readonly type: 'event'; readonly event: KernelEvent }
  | { readonly type: 'plugged'; readonly errno: number }
  | { readonly type: 'bound' }
  /** The request to unplug has been seen: the worker is alive. */
  | { readonly type: 'unplugging' }
  | { readonly type: 'unplugged'; readonly stats: Stats };

/** What a capture worker is started with. */
export interface CaptureWorkerData {
  /** An open /dev/pciem. */
  readonly fd: number;
  readonly file: string;
  /** Bytes of the tap ring, a power of two. */
  readonly ringBytes: number;
  readonly settings: CaptureSettings;
  /** The device's DMA waits while the ring is nearly full (uapi: PCIEM_TAP_PACE). */
  readonly pace: boolean;
}

export type ToCaptureWorker =
  | { readonly type: 'attach'; readonly endpoint: number; readonly maps: readonly DeviceMap[] }
  | { readonly type: 'finish' };

export type FromCaptureWorker =
  | { readonly type: 'mapped'; readonly mapping: Mapping }
  | { readonly type: 'attached' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'finished'; readonly delivered: number; readonly lost: number };
