import type { DeviceDefinition } from '../device.ts';
import { DeviceInstance } from '../runtime/instance.ts';
import { SimHost, type SimOptions } from './sim-host.ts';

export { anyFlag, applyRead, applyWrite } from '../runtime/access-rules.ts';
export { type SimError, SimHost, type SimOptions } from './sim-host.ts';
export type { DmaDirection, SimAllocation, SimMemory } from './sim-memory.ts';

export interface PlugOptions extends SimOptions {
  /** Options of the device. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Plugs a device into a simulated host, ready for use as by its driver. */
export async function plug(device: DeviceDefinition, options: PlugOptions = {}): Promise<SimHost> {
  return new SimHost(new DeviceInstance(device, options.options), options);
}
