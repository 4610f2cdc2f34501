import type { DeviceEntry } from '../devices/device-entry.ts';
import type { LearnedModel } from '../model/format.ts';
import type { Mode } from './core/source.ts';
import type { Shape } from './shape/shape.ts';

/** What stands on the bus: all that the device worker needs to build it. Plain data. */
export interface ProxySpec {
  /** What is behind the sources: a shape, or a whole device. */
  readonly behind: { readonly shape: Shape } | { readonly device: DeviceEntry };
  readonly model?: LearnedModel;
  /** What bytes that belong to no register hold; not for devices. */
  readonly unmapped?: 'zeros' | 'ones';
  /** Values after reset of a BAR, from a file. */
  readonly dumps: readonly { readonly bar: number; readonly file: string }[];
  readonly rules: readonly string[];
  readonly script?: string;
  readonly mode: Mode;
  /** Registers that `step` stops at; all when empty. */
  readonly breaks: readonly string[];
  /** Try answers when the driver gets stuck. */
  readonly auto: boolean;
  /** File for the rules that `auto` has found. */
  readonly writeRules?: string;
  readonly explain: boolean;
  /** Path of the socket that controls it. */
  readonly control: string;
}

/** Name of what stands on the bus. */
export function deviceNameOf({ behind }: Pick<ProxySpec, 'behind'>): string {
  return 'shape' in behind ? behind.shape.name : behind.device.name;
}

/** Whether anything may come between driver and device; if not, a whole device works as with `pciem run`. */
export function needsProxy(spec: Omit<ProxySpec, 'control'>): boolean {
  const { behind, model, dumps, rules, script, mode, auto, explain } = spec;
  if ('shape' in behind || model || script !== undefined) return true;
  return dumps.length + rules.length > 0 || mode === 'step' || auto || explain;
}
