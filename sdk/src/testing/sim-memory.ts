import type { DmaOp } from '../dma.ts';
import { AtomicOp, type DmaAtomic } from '../dma-atomic.ts';
import { DmaStatus } from '../dma-fault.ts';

/** What the device may do with an allocation, as the driver's DMA API calls it. */
export type DmaDirection = 'bidirectional' | 'to-device' | 'from-device';

/** Memory that the test, as the driver, has mapped for DMA. */
export interface SimAllocation {
  /** Bus address. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

interface Mapping extends SimAllocation {
  readonly direction: DmaDirection;
  /** Memory that driver and device share for long (`dma_alloc_coherent()`); else mapped for a transfer. */
  readonly coherent: boolean;
  /** The device has a view of it. */
  mapped: boolean;
}

const FIRST_ADDRESS = 0x1_0000_0000;
const PAGE = 4096;

/** The driver's memory: the device reaches what is allocated here and nothing else. */
export class SimMemory {
  readonly #mappings = new Map<number, Mapping>();
  #next = FIRST_ADDRESS;

  /**
   * Allocates and maps zeroed memory on a page boundary; a page that is never mapped lies behind it. Without a direction
   * it is coherent memory, as of `dma_alloc_coherent()`; with one it is mapped for transfers, as by `dma_map_single()`.
   */
  alloc(bytes: number, options: { direction?: DmaDirection } = {}): SimAllocation {
    if (!Number.isInteger(bytes) || bytes <= 0) throw new RangeError(`alloc: ${bytes} bytes; ask for at least 1`);
    const mapping: Mapping = {
      address: this.#next,
      bytes: new Uint8Array(bytes),
      direction: options.direction ?? 'bidirectional',
      coherent: options.direction === undefined,
      mapped: false,
    };
    this.#next += (Math.ceil(bytes / PAGE) + 1) * PAGE;
    this.#mappings.set(mapping.address, mapping);
    return mapping;
  }

  /** Ends the mapping: the device may no longer touch it. Its bytes stay readable to the test. */
  free(allocation: SimAllocation): void {
    const mapping = this.#mappings.get(allocation.address);
    if (!mapping) throw new RangeError(`free: nothing is allocated at 0x${allocation.address.toString(16)}`);
    this.#mappings.delete(allocation.address);
    // What the device still sees of it is zeros.
    if (mapping.mapped) mapping.bytes.fill(0);
  }

  isCoherent(address: number): boolean {
    return this.#find(address)?.coherent ?? false;
  }

  /** A view of coherent memory, if all of it is in one allocation. */
  map(address: number, length: number): Uint8Array | undefined {
    const mapping = this.#find(address);
    if (!mapping?.coherent || address - mapping.address + length > mapping.bytes.length) return undefined;
    mapping.mapped = true;
    return mapping.bytes.subarray(address - mapping.address, address - mapping.address + length);
  }

  /** Carries out an AtomicOp, and says how it went in it. */
  atomic(op: DmaAtomic): void {
    const mapping = this.#find(op.address);
    op.status = statusOf(mapping, op.address, op.size, 'bidirectional');
    if (!mapping || op.status !== DmaStatus.OK) return;
    const at = mapping.bytes.subarray(op.address - mapping.address, op.address - mapping.address + op.size);
    const [result, operand, compare] = [op.result, op.operand, op.compare].map(
      (words) => new Uint8Array(words.buffer, words.byteOffset, op.size),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    result.set(at);
    if (op.op === AtomicOp.FETCH_ADD) add(at, operand);
    else if (op.op === AtomicOp.SWAP || result.every((byte, i) => byte === compare[i])) at.set(operand);
  }

  /** Carries out one access of the device, page by page as the kernel does, and says how it went in the op. */
  access(op: DmaOp): void {
    const offset = op.offset ?? 0;
    const length = op.length ?? op.buffer.byteLength - offset;
    op.done = 0;
    op.status = DmaStatus.OK;
    while (op.done < length && op.status === DmaStatus.OK) {
      const address = op.address + op.done;
      const piece = Math.min(length - op.done, PAGE - (address % PAGE));
      op.status = this.#copy(address, op.buffer.subarray(offset + op.done, offset + op.done + piece), op.write);
      if (op.status === DmaStatus.OK) op.done += piece;
    }
  }

  #copy(address: number, own: Uint8Array, write: boolean): number {
    const mapping = this.#find(address);
    const status = statusOf(mapping, address, own.length, write ? 'from-device' : 'to-device');
    if (!mapping || status !== DmaStatus.OK) return status;
    const start = address - mapping.address;
    if (write) mapping.bytes.set(own, start);
    else own.set(mapping.bytes.subarray(start, start + own.length));
    return DmaStatus.OK;
  }

  #find(address: number): Mapping | undefined {
    for (const mapping of this.#mappings.values()) {
      if (address >= mapping.address && address < mapping.address + mapping.bytes.length) return mapping;
    }
    return undefined;
  }
}

/** What comes of an access to a mapping that has to allow `direction`. */
function statusOf(mapping: Mapping | undefined, address: number, length: number, direction: DmaDirection): number {
  if (!mapping) return DmaStatus.UNMAPPED;
  if (mapping.direction !== 'bidirectional' && mapping.direction !== direction) return DmaStatus.DIRECTION;
  return address - mapping.address + length > mapping.bytes.length ? DmaStatus.PAST_END : DmaStatus.OK;
}

/** Adds one little-endian number to another, which wraps around. */
function add(to: Uint8Array, operand: Uint8Array): void {
  let carry = 0;
  for (let i = 0; i < to.length; i++) {
    const sum = (to[i] as number) + (operand[i] as number) + carry;
    to[i] = sum;
    carry = sum >>> 8;
  }
}
