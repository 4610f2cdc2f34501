/** Kinds of AtomicOp requests (PCIe 6.0 6.15). */
export const AtomicOp = {
  /** Adds the operand. */
  FETCH_ADD: 0,
  /** Stores the operand. */
  SWAP: 1,
  /** Stores the operand if memory holds `compare`. */
  CAS: 2,
} as const;

/** One AtomicOp. Keep the object and use it again: then nothing is allocated. Words are little-endian, low one first. */
export interface DmaAtomic {
  /** Bus address, a multiple of `size`. */
  address: number;
  /** One of `AtomicOp`. */
  op: number;
  /** Bytes: 4 or 8; of a CAS also 16. */
  size: number;
  /** Four words, of which the first `size` bytes count. */
  readonly operand: Uint32Array;
  /** The same, for a CAS. */
  readonly compare: Uint32Array;
  /** Out: what was in memory before. */
  readonly result: Uint32Array;
  /** Out: one of `DmaStatus`. */
  status: number;
}

/** An AtomicOp of 4 bytes with everything zero: fill in what you need. */
export function dmaAtomic(): DmaAtomic {
  const words = () => new Uint32Array(4);
  return { address: 0, op: 0, size: 4, operand: words(), compare: words(), result: words(), status: 0 };
}
