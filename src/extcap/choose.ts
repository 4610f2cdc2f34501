import { UsageFailure } from '../errors.ts';
import type { RunningDevice } from '../run/registry.ts';

/** The devices that the user names by address or name; the only one if none is named. Throws a UsageFailure. */
export function chooseDevices(names: readonly string[], devices: readonly RunningDevice[]): RunningDevice[] {
  if (names.length === 0) {
    if (devices.length === 1) return [...devices];
    throw new UsageFailure(
      devices.length === 0 ? 'No device is running' : 'Several devices are running: name some with -i',
      devices.length === 0 ? ['Start one in another terminal: pciem run nvme'] : describe(devices),
    );
  }
  return [...new Set(names.map((name) => chooseDevice(name, devices)))];
}

function chooseDevice(name: string, devices: readonly RunningDevice[]): RunningDevice {
  const matching = devices.filter((device) => device.address === name || device.name === name);
  if (matching.length > 1) {
    throw new UsageFailure(`-i ${name}: several devices are called so; give the address`, describe(matching));
  }
  const [device] = matching;
  if (device === undefined) {
    throw new UsageFailure(`-i ${name}: no such device is running`, describe(devices));
  }
  return device;
}

/** A line for each device. */
export function describe(devices: readonly RunningDevice[]): string[] {
  return devices.map(({ address, name }) => `${address}  ${name}`);
}
