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
    if (!mapping) return DmaStatus.UNMAPPED;
    if (mapping.direction === (write ? 'to-device' : 'from-device')) return DmaStatus.DIRECTION;
    const start = address - mapping.address;
    if (start + own.length > mapping.bytes.length) return DmaStatus.PAST_END;
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
