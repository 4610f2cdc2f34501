import { DeviceDefinitionError } from '../errors.ts';
import { CapabilityBuilder, type CapabilitySpec } from './capability.ts';

/** Uncorrectable errors that an endpoint can have (PCIe 6.0 7.8.4.2), and which of them are fatal after reset (7.8.4.4). */
const UNCORRECTABLE = 0x005f_f030;
const FATAL = 0x0046_2030;
/** Correctable errors (7.8.4.5), and the mask after reset: advisory non-fatal, internal, and those of the header log. */
const CORRECTABLE = 0x0000_f1c1;
const CORRECTABLE_MASKED = 0x0000_e000;

/** Advanced Error Reporting (PCIe 6.0 7.8.4): the driver finds its registers and masks; the device sets status bits. */
export function aer(): CapabilitySpec {
  return new CapabilityBuilder('aer', 0x0001, 0x2c, 2)
    .reg32(0x04, 0, 0, UNCORRECTABLE)
    .reg32(0x08, 0, UNCORRECTABLE)
    .reg32(0x0c, FATAL, UNCORRECTABLE)
    .reg32(0x10, 0, 0, CORRECTABLE)
    .reg32(0x14, CORRECTABLE_MASKED, CORRECTABLE)
    .reg32(0x18, 0)
    .build();
}

/** Device Serial Number (7.9.3): an EUI-64. */
export function deviceSerialNumber(serial: bigint): CapabilitySpec {
  if (serial < 0n || serial >= 1n << 64n) {
    throw new DeviceDefinitionError(`deviceSerialNumber: 0x${serial.toString(16)} does not fit into 64 bits`);
  }
  return new CapabilityBuilder('deviceSerialNumber', 0x0003, 12, 1)
    .reg32(0x04, Number(serial & 0xffffffffn))
    .reg32(0x08, Number(serial >> 32n))
    .build();
}

/** Latency Tolerance Reporting (7.8.2): what the platform allows, written by firmware. */
export function ltr(): CapabilitySpec {
  return new CapabilityBuilder('ltr', 0x0018, 8, 1).reg16(0x04, 0, 0x1fff).reg16(0x06, 0, 0x1fff).build();
}

/** Address Translation Service (10.5.1). `queueDepth`: invalidate requests that the device takes, 1 to 32. */
export function ats(options: { readonly queueDepth?: number } = {}): CapabilitySpec {
  const { queueDepth = 32 } = options;
  if (!Number.isInteger(queueDepth) || queueDepth < 1 || queueDepth > 32) {
    throw new DeviceDefinitionError(`ats: queueDepth ${queueDepth} must be 1 to 32`);
  }
  const pageAligned = 1 << 5;
  return new CapabilityBuilder('ats', 0x000f, 8, 1)
    .reg16(0x04, (queueDepth & 0x1f) | pageAligned)
    .reg16(0x06, 0, 0x801f)
    .build();
}

/**
 * Data Object Exchange (7.9.24): the registers, with nothing behind them yet. A request gets no answer: Busy and Ready
 * stay 0. `interrupt`: number of the MSI or MSI-X vector that the function would use.
 */
export function doe(options: { readonly interrupt?: number } = {}): CapabilitySpec {
  const { interrupt } = options;
  if (interrupt !== undefined && !(Number.isInteger(interrupt) && interrupt >= 0 && interrupt < 2048)) {
    throw new DeviceDefinitionError(`doe: interrupt ${interrupt} must be 0 to 2047`);
  }
  const interruptSupport = interrupt === undefined ? 0 : 1 | (interrupt << 1);
  const interruptEnable = interrupt === undefined ? 0 : 1 << 1;
  const interruptStatus = 1 << 1;
  return (
    new CapabilityBuilder('doe', 0x002e, 0x18, 1)
      .reg32(0x04, interruptSupport)
      // Abort and Go read 0.
      .reg32(0x08, 0, interruptEnable)
      .reg32(0x0c, 0, 0, interruptEnable && interruptStatus)
      // Write data mailbox, read data mailbox.
      .reg32(0x10, 0)
      .reg32(0x14, 0)
      .build()
  );
}

/** Process Address Space ID (7.8.9). `width`: bits of a PASID, 1 to 20. */
export function pasid(options: { readonly width?: number } = {}): CapabilitySpec {
  const { width = 20 } = options;
  if (!Number.isInteger(width) || width < 1 || width > 20) {
    throw new DeviceDefinitionError(`pasid: width ${width} must be 1 to 20`);
  }
  return new CapabilityBuilder('pasid', 0x001b, 8, 1)
    .reg16(0x04, width << 8)
    .reg16(0x06, 0, 0x0001)
    .build();
}
