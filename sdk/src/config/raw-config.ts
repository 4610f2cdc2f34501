import type { MsixLayout } from '../capabilities/capability.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { CONFIG_BYTES, CONFIG_HEADER_BYTES } from '../spaces.ts';
import type { SpaceImage } from './header.ts';

/**
 * Configuration space byte by byte, such as a copy of a real device's. The header's identity, BARs and interrupt pin
 * come from the definition; from 0x40 on, and the pointer to the capabilities, from here.
 */
export interface RawConfig {
  /** 4096 bytes after reset. */
  readonly image: Uint8Array;
  /** Bits that the driver's writes change; 4096 bytes. */
  readonly writeMask: Uint8Array;
  /** Bits that writing 1 clears; 4096 bytes. */
  readonly w1cMask: Uint8Array;
  /** What the MSI-X capability in `image` says, if there is one. */
  readonly msix?: MsixLayout;
}

/** Fields of the header that are no one else's: status, BIST, CardBus pointer, capabilities pointer, Min_Gnt, Max_Lat. */
const HEADER_BYTES = [0x06, 0x07, 0x0f, 0x28, 0x29, 0x2a, 0x2b, 0x34, 0x3e, 0x3f] as const;

/** Puts the raw bytes over a configuration space that has its header. */
export function overlayRawConfig(space: SpaceImage, raw: RawConfig): void {
  for (const part of ['image', 'writeMask', 'w1cMask'] as const) {
    if (raw[part].length === CONFIG_BYTES) continue;
    throw new DeviceDefinitionError(`rawConfig.${part} has ${raw[part].length} bytes; give ${CONFIG_BYTES}`);
  }
  const image = new Uint8Array(space.image.buffer);
  for (const offset of HEADER_BYTES) image[offset] = raw.image[offset] as number;
  for (const part of ['image', 'writeMask', 'w1cMask'] as const) {
    new Uint8Array(space[part].buffer).set(raw[part].subarray(CONFIG_HEADER_BYTES), CONFIG_HEADER_BYTES);
  }
}
