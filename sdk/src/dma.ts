/** How one DMA access ended. */
export const DmaStatus = {
  OK: 0,
  BUS_MASTER_OFF: 1,
  UNMAPPED: 2,
  PAST_END: 3,
  DIRECTION: 4,
  GONE: 5,
} as const;

const REASONS = [
  'no error',
  'the driver has not enabled bus mastering',
  'no DMA mapping of the driver holds this address',
  'the access runs past the end of its DMA mapping',
  'the DMA mapping does not allow this direction',
  'the function is not plugged, or is in reset',
];

/** One access of a batch. Keep the objects and use them again: then a batch makes no garbage. */
export interface DmaOp {
  /** Bus address. */
  address: number;
  buffer: Uint8Array;
  /** First byte of `buffer` that is used; 0 when left out. */
  offset?: number;
  /** Bytes, at most 16 MiB; to the end of `buffer` when left out. */
  length?: number;
  /** `true`: device to memory; `false`: memory to device. */
  write: boolean;
  /** Out: one of `DmaStatus`. */
  status: number;
  /** Out: bytes moved before the access ended. */
  done: number;
}

/** A DmaOp with every property in place, so that all of them have one shape. */
export function dmaOp(buffer: Uint8Array = new Uint8Array(0)): DmaOp {
  return { address: 0, buffer, offset: 0, length: buffer.byteLength, write: false, status: 0, done: 0 };
}

/** Device access to the driver's memory. All of it is synchronous. */
export interface Dma {
  /** Reads `length` bytes at a bus address. Throws a DmaFault if the access is refused. */
  read(address: number, length: number): Uint8Array;
  /** Fills `buffer` from a bus address. Throws a DmaFault if the access is refused. */
  readInto(address: number, buffer: Uint8Array): void;
  /** Writes `data` to a bus address. Throws a DmaFault if the access is refused. */
  write(address: number, data: Uint8Array): void;
  /**
   * Carries out the first `count` accesses in order (all of them when left out), at most 1024 at a time in one step of
   * the host. Never throws for a refused access: see `status` of each. Returns how many failed.
   */
  transfer(ops: readonly DmaOp[], count?: number): number;
}

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

  constructor(op: DmaOp, length: number) {
    const reason = REASONS[op.status] ?? `status ${op.status}`;
    const verb = op.write ? 'write' : 'read';
    super(`DMA ${verb} of ${length} bytes at 0x${op.address.toString(16)} refused: ${reason}`);
    this.address = op.address;
    this.length = length;
    this.status = op.status;
    this.reason = reason;
  }
}
