import type { DeviceDefinition } from '../device.ts';
import { DeviceInstance } from '../runtime/instance.ts';
import { SimHost } from './sim-host.ts';
import type { SimOptions } from './sim-parts.ts';

export { anyFlag, applyRead, applyWrite } from '../runtime/access-rules.ts';
export { type FakeTime, fakeTime } from './fake-time.ts';
export { SimFunction } from './sim-function.ts';
export { SimHost } from './sim-host.ts';
export type { DmaDirection, SimAllocation, SimMemory } from './sim-memory.ts';
export type { SimError, SimOptions } from './sim-parts.ts';

export interface PlugOptions<Input = unknown> extends SimOptions {
  /** Options of the device. */
  readonly options?: Input;
}

/** Options of a device that cannot do without some have to be given. */
type PlugArguments<Input> =
  Record<never, never> extends Input
    ? [options?: PlugOptions<Input>]
    : unknown extends Input
      ? [options?: PlugOptions<Input>]
      : [options: PlugOptions<Input> & { readonly options: Input }];

/** Plugs a device into a simulated host, ready for use as by its driver. */
export async function plug<Input>(
  device: DeviceDefinition<Input>,
  ...[options = {}]: PlugArguments<Input>
): Promise<SimHost> {
  const given = options.options as Readonly<Record<string, unknown>> | undefined;
  return new SimHost(new DeviceInstance(device as DeviceDefinition, given), options);
}
