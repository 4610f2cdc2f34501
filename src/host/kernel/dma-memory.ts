import { uapi } from '@pciem/capture/uapi';
import { type Mapping, mmap, munmap, SyscallError, viewOf } from './syscalls.ts';

const PAGE = 4096;

/** Who has to know of mappings: the kernel takes each for a user of the endpoint until it is gone. */
export interface MappingOwner {
  mapped(mapping: Mapping): void;
  /** Told before the mapping goes. */
  unmapping(mapping: Mapping): void;
}

/** Coherent memory of the driver in this process (uapi: PCIEM_MMAP_DMA). */
export class DmaMemory {
  readonly #fd: number;
  readonly #owner: MappingOwner;
  /** No view can reach a mapping any more. */
  readonly #unreachable = new FinalizationRegistry<Mapping>((mapping) => {
    this.#owner.unmapping(mapping);
    munmap(mapping);
  });

  constructor(fd: number, owner: MappingOwner) {
    this.#fd = fd;
    this.#owner = owner;
  }

  /** `length` bytes at a bus address; undefined if they are not in one live mapping of coherent memory. */
  map(fn: number, address: number, length: number): Uint8Array | undefined {
    const before = address % PAGE;
    const bytes = Math.ceil((before + length) / PAGE) * PAGE;
    const mapping = this.#map(fn, address - before, bytes);
    if (!mapping) return undefined;
    this.#owner.mapped(mapping);
    const memory = viewOf(mapping);
    this.#unreachable.register(memory, mapping);
    return new Uint8Array(memory, before, length);
  }

  #map(fn: number, page: number, bytes: number): Mapping | undefined {
    // A multiple of a page, so that a number of this size is exact.
    const { base, function: perFunction } = uapi.linear.PCIEM_MMAP_DMA;
    try {
      return mmap(this.#fd, base + fn * perFunction + page, bytes, 'coherent memory');
    } catch (error) {
      if (error instanceof SyscallError && error.code === 'ENXIO') return undefined;
      throw error;
    }
  }
}
