import { DeviceDefinitionError } from '../errors.ts';
import { CapabilityBuilder, type CapabilitySpec } from './capability.ts';

const MSI_ID = 0x05;
const VECTORS = [1, 2, 4, 8, 16, 32] as const;

const MESSAGE_CONTROL = 0x02;
/** MSI Enable and Multiple Message Enable. */
const CONTROL_MASK = 0x0071;
const CONTROL_64BIT = 0x0080;
const CONTROL_MASKING = 0x0100;
const ADDRESS_LOW = 0x04;
const ADDRESS_HIGH = 0x08;
const DATA = 0x0c;
const MASK_BITS = 0x10;
const PENDING_BITS = 0x14;

export interface MsiOptions {
  /** Number of messages: 1, 2, 4, 8, 16 or 32. */
  readonly vectors: (typeof VECTORS)[number];
  /** Per-vector masking; `true` when left out. */
  readonly maskable?: boolean;
}

/** MSI capability with a 64-bit address (PCIe 6.0 7.7.1). The host sends what the driver has written there. */
export function msi(options: MsiOptions): CapabilitySpec {
  const { vectors, maskable = true } = options;
  const exponent = VECTORS.indexOf(vectors);
  if (exponent < 0) throw new DeviceDefinitionError(`msi: vectors ${vectors} is not one of ${VECTORS.join(', ')}`);
  const control = CONTROL_64BIT | (maskable ? CONTROL_MASKING : 0) | (exponent << 1);
  const capability = new CapabilityBuilder('msi', MSI_ID, maskable ? 0x18 : 0x0e)
    .reg16(MESSAGE_CONTROL, control, CONTROL_MASK)
    .reg32(ADDRESS_LOW, 0, 0xfffffffc)
    .reg32(ADDRESS_HIGH, 0, 0xffffffff)
    .reg16(DATA, 0, 0xffff);
  if (maskable) capability.reg32(MASK_BITS, 0, 2 ** vectors - 1).reg32(PENDING_BITS, 0);
  return capability.build();
}
