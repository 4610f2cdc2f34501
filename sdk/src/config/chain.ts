import type { CapabilitySpec } from '../capabilities/capability.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { type RegisterMap, registerPlaces } from '../registers.ts';
import type { SpaceImage } from './header.ts';

const STATUS = 0x06;
const STATUS_CAPABILITIES_LIST = 0x10;
const CAPABILITIES_POINTER = 0x34;
const FIRST = 0x40;
const END = 0x100;

interface Placed {
  readonly offset: number;
  readonly capability: CapabilitySpec;
}

/**
 * Finds room for capabilities, behind each other on dword boundaries, where the device has no registers of its own.
 * Throws if there is not enough.
 */
export function placeCapabilities(capabilities: readonly CapabilitySpec[], registers: RegisterMap): Placed[] {
  const taken = new Uint8Array(END);
  for (const { offset, bytes } of Object.values(registers).flatMap(registerPlaces)) {
    taken.fill(1, offset, offset + bytes);
  }
  let next = FIRST;
  return capabilities.map((capability) => {
    const bytes = align4(2 + capability.body.length);
    let offset = next;
    while (offset < END && taken.subarray(offset, offset + bytes).includes(1)) offset += 4;
    next = offset + bytes;
    if (next <= END) return { offset, capability };
    throw new DeviceDefinitionError(
      `capabilities: ${capability.name} does not fit: it would end at byte ${next}, and there are ${END}; leave one out`,
    );
  });
}

/** Writes capabilities and links them (PCIe 6.0 7.5.1.1.11). */
export function chainCapabilities(
  space: SpaceImage,
  capabilities: readonly CapabilitySpec[],
  registers: RegisterMap,
): void {
  let pointer = CAPABILITIES_POINTER;
  if (capabilities.length > 0) space.image.setUint8(STATUS, STATUS_CAPABILITIES_LIST);
  for (const { offset, capability } of placeCapabilities(capabilities, registers)) {
    space.image.setUint8(pointer, offset);
    space.image.setUint8(offset, capability.id);
    copy(space.image, offset + 2, capability.body);
    copy(space.writeMask, offset + 2, capability.writeMask);
    copy(space.w1cMask, offset + 2, capability.w1cMask);
    pointer = offset + 1;
  }
}

function copy(to: DataView, offset: number, bytes: Uint8Array): void {
  new Uint8Array(to.buffer).set(bytes, offset);
}

function align4(bytes: number): number {
  return (bytes + 3) & ~3;
}
