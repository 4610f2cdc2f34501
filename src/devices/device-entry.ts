/** A device that can be run: what its package says about it, without any code of it being loaded. */
export interface DeviceEntry {
  name: string;
  /** Absolute path of the module to import. */
  entry: string;
  summary: string;
}
