import type { DeviceEntry } from '../devices/device-entry.ts';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import type { ProxyRequest } from '../proxy/run-proxy.ts';

/** What `pciem run` was asked for, wherever it happens. */
export interface RunRequest {
  device: DeviceEntry;
  /** From `--set`, as typed. */
  settings: Readonly<Record<string, string>>;
  /** File to write the capture to. */
  capture?: string;
  /** How it is written. */
  captureSettings?: CaptureSettings;
  /** What messages call that file, if the user knows it by another name. */
  captureTitle?: string;
  /** Empty: wait for Ctrl-C. */
  command: readonly string[];
  /** `pciem proxy`: what stands on the bus instead of the device. */
  proxy?: ProxyRequest;
}
