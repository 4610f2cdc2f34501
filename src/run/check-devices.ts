import { loadForInspection } from '../devices/load.ts';
import { UsageFailure } from '../errors.ts';
import { localFiles } from '../host/kernel/load-device.ts';
import type { RunDevice } from './request.ts';

/**
 * Loads the devices and checks their options, before a machine is booted for them. Returns the author's files. Throws a
 * Failure that says what is wrong.
 */
export async function checkDevices(devices: readonly RunDevice[]): Promise<string[]> {
  for (const { device, settings } of devices) {
    const { missing } = await loadForInspection(device, settings);
    if (missing.length > 0) throw new UsageFailure(`The device ${device.name} needs options`, missing);
  }
  return localFiles();
}
