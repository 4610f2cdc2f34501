import { DeviceDefinitionError } from '../errors.ts';
import { hex } from '../hex.ts';
import type { CapabilitySpec } from './capability.ts';

export interface RawCapabilityOptions {
  /** Capability ID: 8 bits, or 16 of an extended capability. */
  readonly id: number;
  /** Version of an extended capability, which lies at 0x100 or above. */
  readonly version?: number;
  /** The registers after ID and next pointer. */
  readonly body: Uint8Array;
  /** Bits of `body` that the driver's writes change; none when left out. */
  readonly writeMask?: Uint8Array;
  /** Bits of `body` that writing 1 clears; none when left out. */
  readonly w1cMask?: Uint8Array;
}

/** Any capability, as bytes and masks. */
export function capability(options: RawCapabilityOptions): CapabilitySpec {
  const name = `capability ${hex(options.id, 2)}`;
  const masks = { writeMask: options.writeMask, w1cMask: options.w1cMask };
  for (const [mask, bytes] of Object.entries(masks)) {
    if (bytes && bytes.length !== options.body.length) {
      throw new DeviceDefinitionError(
        `${name}: ${mask} has ${bytes.length} bytes and body ${options.body.length}; make them the same length`,
      );
    }
  }
  return {
    name,
    id: options.id,
    ...(options.version !== undefined && { version: options.version }),
    body: options.body,
    writeMask: options.writeMask ?? new Uint8Array(options.body.length),
    w1cMask: options.w1cMask ?? new Uint8Array(options.body.length),
  };
}
