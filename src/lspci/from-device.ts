import { SPACE_CONFIG } from '@pciem/sdk';
import type { DeviceEntry } from '../devices/device-entry.ts';
import { loadForInspection } from '../devices/load.ts';
import { UsageFailure } from '../errors.ts';
import { type KnownConfig, PCI_BYTES } from './config-space.ts';

/** Configuration space of a device as it is after reset: BARs have no address yet. */
export async function configFromDevice(
  device: DeviceEntry,
  settings: Readonly<Record<string, string>>,
): Promise<KnownConfig[]> {
  const { instance, missing } = await loadForInspection(device, settings);
  if (instance === undefined) {
    throw new UsageFailure(`The device ${device.name} needs options: give them with --set`, missing);
  }
  return instance.functions.map(({ layout }, number) => {
    const image = layout.spaces.get(SPACE_CONFIG)?.image;
    if (image === undefined) throw new Error(`${device.name} has no configuration space`);
    const { vendor, device: id, class: code } = layout.identity;
    const bytes = new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
    return { address: `00:00.${number}`, vendor, device: id, class: code, bytes, known: PCI_BYTES };
  });
}
