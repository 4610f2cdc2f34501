import type { DeviceEntry } from '../devices/device-entry.ts';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import type { ProxyRequest } from '../proxy/run-proxy.ts';

/** One device of a run. */
export interface RunDevice {
  device: DeviceEntry;
  /** What messages and `--set` call it. */
  label: string;
  /** From `--set`, as typed. */
  settings: Readonly<Record<string, string>>;
}

/** What `pciem run` or `pciem spin` was asked for, wherever it happens. */
export interface RunRequest {
  devices: readonly RunDevice[];
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
  /** Load a device again when its files change. */
  watch?: boolean;
  /** Tell events as JSON, one a line. */
  json?: boolean;
  /** Directory in which changed files of the host appear, in a virtual machine. */
  changes?: string;
}
