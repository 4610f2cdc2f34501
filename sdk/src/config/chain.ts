import { type CapabilitySpec, headerBytes } from '../capabilities/capability.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { type RegisterMap, registerPlaces } from '../registers.ts';
import { CONFIG_BYTES } from '../spaces.ts';
import type { SpaceImage } from './header.ts';

const STATUS = 0x06;
const STATUS_CAPABILITIES_LIST = 0x10;
const CAPABILITIES_POINTER = 0x34;
const FIRST = 0x40;
const END = 0x100;

export interface Placed {
  readonly offset: number;
  readonly capability: CapabilitySpec;
}

/**
 * Finds room for capabilities, behind each other on dword boundaries, where the device has no registers of its own:
 * below 0x100, extended ones from there on. Throws if there is not enough.
 */
export function placeCapabilities(capabilities: readonly CapabilitySpec[], registers: RegisterMap): Placed[] {
  const taken = new Uint8Array(CONFIG_BYTES);
  for (const { offset, bytes } of Object.values(registers).flatMap(registerPlaces)) {
    taken.fill(1, offset, offset + bytes);
  }
  const extended = capabilities.filter(({ version }) => version !== undefined);
  const placed = [
    ...place(
      capabilities.filter(({ version }) => version === undefined),
      taken,
      FIRST,
      END,
    ),
    ...place(extended, taken, END, CONFIG_BYTES),
  ];
  const first = placed.find(({ capability }) => capability === extended[0]);
  if (first && first.offset !== END) {
    throw new DeviceDefinitionError(
      `capabilities: the first extended one, ${first.capability.name}, has to be at 0x100, where a register of config is; move that`,
    );
  }
  return placed;
}

function place(capabilities: readonly CapabilitySpec[], taken: Uint8Array, from: number, end: number): Placed[] {
  let next = from;
  return capabilities.map((capability) => {
    const bytes = align4(headerBytes(capability) + capability.body.length);
    let offset = next;
    while (offset < end && taken.subarray(offset, offset + bytes).includes(1)) offset += 4;
    next = offset + bytes;
    if (next <= end) return { offset, capability };
    throw new DeviceDefinitionError(
      `capabilities: ${capability.name} does not fit: it would end at byte ${next}, and there are ${end}; leave one out`,
    );
  });
}

/** Writes capabilities and links them (PCIe 6.0 7.5.1.1.11, 7.6.3); returns where they are. */
export function chainCapabilities(
  space: SpaceImage,
  capabilities: readonly CapabilitySpec[],
  registers: RegisterMap,
): readonly Placed[] {
  const placed = placeCapabilities(capabilities, registers);
  const plain = placed.filter(({ capability }) => capability.version === undefined);
  const extended = placed.filter(({ capability }) => capability.version !== undefined);
  let pointer = CAPABILITIES_POINTER;
  if (plain.length > 0) space.image.setUint8(STATUS, STATUS_CAPABILITIES_LIST);
  for (const { offset, capability } of plain) {
    space.image.setUint8(pointer, offset);
    space.image.setUint8(offset, capability.id);
    pointer = offset + 1;
  }
  extended.forEach(({ offset, capability }, index) => {
    const next = extended[index + 1]?.offset ?? 0;
    const header = capability.id | ((capability.version ?? 0) << 16) | (next << 20);
    space.image.setUint32(offset, header, true);
  });
  for (const { offset, capability } of placed) {
    const at = offset + headerBytes(capability);
    copy(space.image, at, capability.body);
    copy(space.writeMask, at, capability.writeMask);
    copy(space.w1cMask, at, capability.w1cMask);
  }
  return placed;
}

function copy(to: DataView, offset: number, bytes: Uint8Array): void {
  new Uint8Array(to.buffer).set(bytes, offset);
}

function align4(bytes: number): number {
  return (bytes + 3) & ~3;
}
