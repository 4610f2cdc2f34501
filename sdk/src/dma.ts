import type { DmaAtomic } from './dma-atomic.ts';

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
  /**
   * Adds to a number in memory and returns what was there before, in one step as processors and other devices see it: 4
   * bytes for a number, 8 for a bigint. Sums wrap around. `address` is a multiple of the size. Throws a DmaFault if the
   * access is refused; memory has to be mapped for both directions.
   */
  fetchAdd(address: number, value: number): number;
  fetchAdd(address: number, value: bigint): bigint;
  /** As `fetchAdd`, but stores the value. */
  swap(address: number, value: number): number;
  swap(address: number, value: bigint): bigint;
  /**
   * As `fetchAdd`, but stores the value if memory holds `compare`: it did if that is what is returned. 16 bytes go as
   * bytes; not every processor can do that (`DmaStatus.UNSUPPORTED`).
   */
  compareSwap(address: number, compare: number, value: number): number;
  compareSwap(address: number, compare: bigint, value: bigint): bigint;
  compareSwap(address: number, compare: Uint8Array, value: Uint8Array): Uint8Array;
  /** Carries out an AtomicOp. Never throws for a refused one: returns its status, one of `DmaStatus`. */
  atomic(op: DmaAtomic): number;
  /**
   * Coherent memory of the driver (`dma_alloc_coherent()`), such as a queue, for the device to read and write without any
   * further step of the host: `length` bytes at `address`, all of them in one allocation. Driver and device use it at the
   * same time, so that order is theirs to keep: `Atomics` on a typed array of it. Captures see no such access, and bus
   * mastering is not looked at.
   *
   * When the driver frees the memory, the view stays valid and shows zeros that belong to nobody. It is released when
   * nothing refers to it any more. Throws a DmaFault if this is no such memory.
   */
  map(address: number, length: number): Uint8Array;
}
