/** Limits that decide how transfers are split into TLPs; bytes, powers of two. */
export interface LinkLimits {
  /** Max_Payload_Size: 128 to 4096, default 4096. */
  mps: number;
  /** Max_Read_Request_Size: 128 to 4096, default 4096. */
  mrrs: number;
  /** Read completion boundary of the root complex: 64 or 128, default 64. */
  rcb: number;
}

/** Requester and completer ID of the root complex in captures: 00:1f.7, where no endpoint of ours can be. */
export const ROOT_COMPLEX_ID = 0x00ff;

/** Read completion boundary of an endpoint (PCIe 5.0 2.3.1.1: 128 bytes for all but root complexes). */
export const ENDPOINT_RCB = 128;

const SIZES = [128, 256, 512, 1024, 2048, 4096];

/** Fills in the defaults; throws a RangeError that names a limit that no PCIe link can have. */
export function checkLinkLimits({ mps = 4096, mrrs = 4096, rcb = 64 }: Partial<LinkLimits>): LinkLimits {
  if (!SIZES.includes(mps)) throw new RangeError(`mps ${mps} must be one of ${SIZES.join(', ')}`);
  if (!SIZES.includes(mrrs)) throw new RangeError(`mrrs ${mrrs} must be one of ${SIZES.join(', ')}`);
  if (rcb !== 64 && rcb !== 128) throw new RangeError(`rcb ${rcb} must be 64 or 128`);
  return { mps, mrrs, rcb };
}
