/** How one DMA access ended. */
export const DmaStatus = {
  OK: 0,
  BUS_MASTER_OFF: 1,
  UNMAPPED: 2,
  PAST_END: 3,
  DIRECTION: 4,
  GONE: 5,
  UNSUPPORTED: 6,
} as const;

const REASONS = [
  'no error',
  'the driver has not enabled bus mastering',
  'no DMA mapping of the driver holds this address',
  'the access runs past the end of its DMA mapping',
  'the DMA mapping does not allow this direction',
  'the function is not plugged, or is in reset',
  'the target does not support it',
];

/** The host refused a DMA access. */
export class DmaFault extends Error {
  override readonly name = 'DmaFault';
  /** Bus address of the access. */
  readonly address: number;
  /** Bytes of the access. */
  readonly length: number;
  /** One of `DmaStatus`. */
  readonly status: number;
  readonly reason: string;

  /** `verb`: what was asked for, such as `write`. */
  constructor(verb: string, { address, status }: { address: number; status: number }, length: number, reason?: string) {
    const why = reason ?? REASONS[status] ?? `status ${status}`;
    super(`DMA ${verb} of ${length} bytes at 0x${address.toString(16)} refused: ${why}`);
    this.address = address;
    this.length = length;
    this.status = status;
    this.reason = why;
  }
}
