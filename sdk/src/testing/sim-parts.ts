import type { LogLevel } from '../host-port.ts';
import type { DeviceInstance } from '../runtime/instance.ts';
import type { SimFunction } from './sim-function.ts';
import type { SimMemory } from './sim-memory.ts';
import type { SimEvent, SimTap } from './sim-tap.ts';

export interface SimOptions {
  /** Do what a driver's probe does: enable memory, bus mastering and interrupts. `true` when left out. */
  readonly enable?: boolean;
  /** Which interrupts to enable, with all their vectors; the first of MSI-X, MSI and INTx that is there when left out. */
  readonly interrupts?: 'msix' | 'msi' | 'intx';
  readonly onError?: 'throw' | 'record';
  /** Record everything that happens, for `capture()`. */
  readonly capture?: boolean;
  /** Told of each line of the device's log as it comes; `logs` has them all. */
  readonly onLog?: (level: LogLevel, text: string) => void;
  /** Told of each exception as it comes; `errors` has them all. */
  readonly onDeviceError?: (error: SimError) => void;
}

/** An exception that the device's code has thrown. */
export interface SimError {
  readonly error: unknown;
  /** Which handler, such as `write of DOOR`. */
  readonly where: string;
}

/** What the functions of a device have in common. */
export interface SimParts {
  instance: DeviceInstance;
  readonly options: SimOptions;
  readonly memory: SimMemory;
  readonly logs: { level: LogLevel; text: string }[];
  readonly errors: SimError[];
  readonly tap: SimTap | undefined;
  /** The function whose registers are being read. */
  reading: SimFunction | undefined;
  plugged: boolean;
}

/** Notes an event of a function for captures; returns its number. */
export type SimRecorder = (event: SimEvent) => number;
