import type { ResetKind } from '@pciem/sdk';
import type { Stats } from './stats.ts';

/** What happens to a plugged device, for the person who runs it. */
export type KernelEvent =
  /** A line of the device's log. */
  | { readonly type: 'log' | 'warn' | 'error'; readonly text: string }
  | DeviceErrorEvent
  /** A device error came `count` more times after it was reported. */
  | { readonly type: 'device-error-repeated'; readonly where: string; readonly message: string; readonly count: number }
  | { readonly type: 'plugged'; readonly address: string }
  /** `function`: if it is not function 0. */
  | { readonly type: 'bound'; readonly driver: string; readonly function?: number }
  | { readonly type: 'unbound' }
  | { readonly type: 'reset'; readonly kind: ResetKind }
  /** Reads by the driver got no answer in time; since the last such event, and in all. */
  | { readonly type: 'timeout'; readonly count: number; readonly total: number }
  /** The device answered a read of this register after the driver had given up; told once per register. */
  | { readonly type: 'late'; readonly register: string }
  /** Something else went wrong, by the name of its counter in `Stats`. */
  | { readonly type: 'trouble'; readonly counter: TroubleCounter; readonly count: number; readonly total: number }
  | { readonly type: 'unplugged'; readonly stats: Stats }
  /** The capture stopped early: the file is readable up to there. */
  | { readonly type: 'capture-failed'; readonly file: string; readonly message: string }
  /** The capture file is complete. */
  | { readonly type: 'captured'; readonly file: string; readonly delivered: number; readonly lost: number };

/** An exception in the device's code. */
export interface DeviceErrorEvent {
  readonly type: 'device-error';
  /** What was running, such as `write of DOOR`. */
  readonly where: string;
  readonly message: string;
  /** `file:line:column` in the author's code, if there is any in the stack. */
  readonly location: string | undefined;
  /** The author's part of the stack, a line for each call. */
  readonly stack: string;
  /** The device cannot go on. */
  readonly fatal: boolean;
}

/** Counters that should stay 0 with a sound device and driver. */
export const TROUBLE_COUNTERS = ['lost', 'unordered', 'undecoded', 'dma_faults'] as const;
export type TroubleCounter = (typeof TROUBLE_COUNTERS)[number];
