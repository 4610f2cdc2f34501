import type { DeviceMap } from '@pciem/capture';
import type { CaptureSettings } from './capture-settings.ts';
import type { KernelEvent } from './events.ts';
import type { Stats } from './stats.ts';
import type { Mapping } from './syscalls.ts';

interface DeviceSource {
  /** URL of the device's module. */
  readonly entry: string;
  /** Changes with its contents. */
  readonly version: number;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * What a device worker is told: `warm`, `load`, `create`, `plug`, then `reload` at any time, `unplug`.
 * `exit`: end the thread at once, which is surprise removal for the driver.
 */
export type ToDeviceWorker =
  /** Get ready to load other versions of a device. */
  | ({ readonly type: 'warm' } & DeviceSource)
  | ({ readonly type: 'load' } & DeviceSource)
  | {
      readonly type: 'create';
      /** An open /dev/pciem. The main thread closes it, after the worker has ended. */
      readonly fd: number;
      readonly completionTimeoutUs: number;
    }
  /** Load the device's module as it is now; if only its handlers are different, let these take over. */
  | { readonly type: 'reload'; readonly version: number }
  | { readonly type: 'plug' | 'unplug' | 'exit' };

/** `swapped`: the new handlers are in charge. `different`: the structure has changed. `failed`: the old one goes on. */
export type ReloadOutcome = 'swapped' | 'different' | 'failed';

/** Why a device or its options cannot be used; `usage`: the options are wrong. */
export interface Problem {
  readonly message: string;
  readonly details: string[];
  readonly usage: boolean;
}

export type FromDeviceWorker =
  /** The main thread unmaps it when the worker has ended; before, the device's code could still reach it. */
  | { readonly type: 'mapped'; readonly mapping: Mapping }
  /** The worker is about to unmap it itself: nothing reaches it any more. */
  | { readonly type: 'unmapping'; readonly mapping: Mapping }
  /** `files`: the author's files, by their paths. */
  | { readonly type: 'loaded'; readonly files: readonly string[] }
  | { readonly type: 'reloaded'; readonly outcome: ReloadOutcome; readonly problem: Problem | undefined }
  | { readonly type: 'created'; readonly endpoint: number; readonly domain: number; readonly maps: DeviceMap[] }
  /** `final`: the thread ends; else another version may be loaded. */
  | ({ readonly type: 'refused'; readonly final: boolean } & Problem)
  | { readonly type: 'event'; readonly event: KernelEvent }
  /** `maps`: with the bus addresses that the device has got. */
  | { readonly type: 'plugged'; readonly errno: number; readonly maps: DeviceMap[] }
  | { readonly type: 'bound'; readonly fn: number }
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
  /** Everything up to the unplugging is taken. */
  | { readonly type: 'unplugged' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'finished'; readonly delivered: number; readonly lost: number };
