/** Where a device comes from. */
export type DeviceOrigin = 'built-in' | 'installed' | 'linked' | 'path';

/** A device that can be run: what its package says about it, without any code of it being loaded. */
export interface DeviceEntry {
  name: string;
  /** Absolute path of the module to import. */
  entry: string;
  summary: string;
  /** Options that name a file that the device writes. */
  outputs?: readonly string[];
}

/** A device of a package that pciem knows. */
export interface InstalledDevice extends DeviceEntry {
  origin: DeviceOrigin;
  /** Name of its package. */
  package: string;
  /** Version of its package. */
  version: string;
}
