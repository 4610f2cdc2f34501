import type { CapabilitySpec } from '../capabilities/capability.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { SpaceImage } from './header.ts';

const CAPABILITIES_POINTER = 0x34;
const FIRST = 0x40;
const END = 0x100;

interface Placed {
  readonly offset: number;
  readonly capability: CapabilitySpec;
}

/** Finds room for capabilities, behind each other on dword boundaries. Throws if there is not enough. */
export function placeCapabilities(capabilities: readonly CapabilitySpec[]): Placed[] {
  let next = FIRST;
  return capabilities.map((capability) => {
    const offset = next;
    next = offset + align4(2 + capability.body.length);
    if (next <= END) return { offset, capability };
    throw new DeviceDefinitionError(
      `capabilities: ${capability.name} does not fit: it would end at byte ${next}, and there are ${END}; leave one out`,
    );
  });
}

/** Writes capabilities and links them (PCIe 6.0 7.5.1.1.11). */
export function chainCapabilities(space: SpaceImage, capabilities: readonly CapabilitySpec[]): void {
  let pointer = CAPABILITIES_POINTER;
  for (const { offset, capability } of placeCapabilities(capabilities)) {
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
