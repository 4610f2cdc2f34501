import { DeviceDefinitionError } from '../errors.ts';
import { CapabilityBuilder, type CapabilitySpec } from './capability.ts';

const PCIE_ID = 0x10;
const LENGTH = 0x3c;

const CAPABILITIES = 0x02;
const VERSION_2 = 2;

const DEVICE_CAPABILITIES = 0x04;
const EXTENDED_TAG = 1 << 5;
const ROLE_BASED_ERRORS = 1 << 15;
const FUNCTION_LEVEL_RESET = 1 << 28;

const DEVICE_CONTROL = 0x08;
/** Relaxed Ordering and No Snoop on, 512 bytes read requests: the reset values of 7.5.3.4. */
const DEVICE_CONTROL_RESET = 0x2810;
/** All but aux power and phantom functions, which are not there, and Initiate FLR, which reads 0. */
const DEVICE_CONTROL_MASK = 0x79ff;
const DEVICE_STATUS = 0x0a;
const DEVICE_STATUS_ERRORS = 0x000f;

const LINK_CAPABILITIES = 0x0c;
const ASPM_OPTIONALITY = 1 << 22;
const LINK_CONTROL = 0x10;
/** ASPM control, RCB, common clock, extended synch. */
const LINK_CONTROL_MASK = 0x00cb;
const LINK_STATUS = 0x12;
const SLOT_CLOCK = 1 << 12;

const DEVICE_CAPABILITIES_2 = 0x24;
/** Completion timeout ranges A to D, and disable. */
const COMPLETION_TIMEOUT = 0x1f;
const DEVICE_CONTROL_2 = 0x28;
/** AtomicOp Requester Enable (7.5.3.16). */
const ATOMIC_OP_REQUESTER = 1 << 6;
const LINK_CAPABILITIES_2 = 0x2c;
const LINK_CONTROL_2 = 0x30;
const TARGET_SPEED = 0x000f;

const SPEEDS = [2.5, 5, 8, 16, 32, 64] as const;
const WIDTHS = [1, 2, 4, 8, 16] as const;
const PAYLOADS = [128, 256, 512, 1024, 2048, 4096] as const;

export interface PcieEndpointOptions {
  /** Link speed in GT/s; 8 when left out. */
  readonly speed?: (typeof SPEEDS)[number];
  /** Lanes; 4 when left out. */
  readonly width?: (typeof WIDTHS)[number];
  /** Largest payload supported, bytes; 256 when left out. */
  readonly maxPayload?: (typeof PAYLOADS)[number];
}

/** PCI Express capability of an endpoint with a trained link and function level reset (PCIe 6.0 7.5.3). */
export function pcieEndpoint(options: PcieEndpointOptions = {}): CapabilitySpec {
  const speed = position('speed', SPEEDS, options.speed ?? 8) + 1;
  const width = WIDTHS[position('width', WIDTHS, options.width ?? 4)] ?? 1;
  const payload = position('maxPayload', PAYLOADS, options.maxPayload ?? 256);
  const link = speed | (width << 4);
  return new CapabilityBuilder('pcieEndpoint', PCIE_ID, LENGTH)
    .reg16(CAPABILITIES, VERSION_2)
    .reg32(DEVICE_CAPABILITIES, payload | EXTENDED_TAG | ROLE_BASED_ERRORS | FUNCTION_LEVEL_RESET)
    .reg16(DEVICE_CONTROL, DEVICE_CONTROL_RESET, DEVICE_CONTROL_MASK)
    .reg16(DEVICE_STATUS, 0, 0, DEVICE_STATUS_ERRORS)
    .reg32(LINK_CAPABILITIES, link | ASPM_OPTIONALITY)
    .reg16(LINK_CONTROL, 0, LINK_CONTROL_MASK)
    .reg16(LINK_STATUS, link | SLOT_CLOCK)
    .reg32(DEVICE_CAPABILITIES_2, COMPLETION_TIMEOUT)
    .reg16(DEVICE_CONTROL_2, 0, COMPLETION_TIMEOUT | ATOMIC_OP_REQUESTER)
    .reg32(LINK_CAPABILITIES_2, supportedSpeeds(speed))
    .reg16(LINK_CONTROL_2, speed, TARGET_SPEED)
    .build();
}

/** Supported Link Speeds Vector: bit 1 is 2.5 GT/s (7.5.3.18). */
function supportedSpeeds(fastest: number): number {
  return ((1 << fastest) - 1) << 1;
}

function position(option: string, allowed: readonly number[], value: number): number {
  const index = allowed.indexOf(value);
  if (index >= 0) return index;
  throw new DeviceDefinitionError(`pcieEndpoint: ${option} ${value} is not one of ${allowed.join(', ')}`);
}
