import { type DmaOp, DmaStatus } from '../dma.ts';

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
}

const FIRST_ADDRESS = 0x1_0000_0000;
const PAGE = 4096;

/** The driver's memory: the device reaches what is allocated here and nothing else. */
export class SimMemory {
  readonly #mappings = new Map<number, Mapping>();
  #next = FIRST_ADDRESS;

  /** Allocates and maps zeroed memory on a page boundary; a page that is never mapped lies behind it. */
  alloc(bytes: number, options: { direction?: DmaDirection } = {}): SimAllocation {
    if (!Number.isInteger(bytes) || bytes <= 0) throw new RangeError(`alloc: ${bytes} bytes; ask for at least 1`);
    const mapping: Mapping = {
      address: this.#next,
      bytes: new Uint8Array(bytes),
      direction: options.direction ?? 'bidirectional',
    };
    this.#next += (Math.ceil(bytes / PAGE) + 1) * PAGE;
    this.#mappings.set(mapping.address, mapping);
    return mapping;
  }

  /** Ends the mapping: the device may no longer touch it. Its bytes stay readable to the test. */
  free(allocation: SimAllocation): void {
    if (!this.#mappings.delete(allocation.address)) {
      throw new RangeError(`free: nothing is allocated at 0x${allocation.address.toString(16)}`);
    }
  }

  /** Carries out one access of the device and says how it went in the op. */
  access(op: DmaOp): void {
    const offset = op.offset ?? 0;
    const length = op.length ?? op.buffer.byteLength - offset;
    op.done = 0;
    op.status = this.#check(op, length);
    const mapping = this.#find(op.address);
    if (op.status !== DmaStatus.OK || !mapping) return;
    const own = op.buffer.subarray(offset, offset + length);
    const start = op.address - mapping.address;
    const theirs = mapping.bytes.subarray(start, start + length);
    if (op.write) theirs.set(own);
    else own.set(theirs);
    op.done = length;
  }

  #check(op: DmaOp, length: number): number {
    const mapping = this.#find(op.address);
    if (!mapping) return DmaStatus.UNMAPPED;
    if (mapping.direction === (op.write ? 'to-device' : 'from-device')) return DmaStatus.DIRECTION;
    return op.address + length > mapping.address + mapping.bytes.length ? DmaStatus.PAST_END : DmaStatus.OK;
  }

  #find(address: number): Mapping | undefined {
    for (const mapping of this.#mappings.values()) {
      if (address >= mapping.address && address < mapping.address + mapping.bytes.length) return mapping;
    }
    return undefined;
  }
}
