import { DeviceDefinitionError } from '../errors.ts';
import type { CapabilitySpec } from './capability.ts';

/**
 * Vendor-Specific capability (PCIe 6.0 7.9.4): `data` follows the length, at most 252 bytes of it; `writeMask`: bits that
 * the driver changes.
 */
export function vendorSpecific(data: Uint8Array, writeMask?: Uint8Array): CapabilitySpec {
  const length = 3 + data.length;
  if (length > 0xff) throw new DeviceDefinitionError(`vendorSpecific: ${data.length} bytes are too many; at most 252`);
  if (writeMask && writeMask.length !== data.length) {
    throw new DeviceDefinitionError(
      `vendorSpecific: writeMask has ${writeMask.length} bytes and data ${data.length}; make them the same length`,
    );
  }
  const mask = new Uint8Array(length - 2);
  if (writeMask) mask.set(writeMask, 1);
  return {
    name: 'vendorSpecific',
    id: 0x09,
    body: Uint8Array.of(length, ...data),
    writeMask: mask,
    w1cMask: new Uint8Array(length - 2),
  };
}
