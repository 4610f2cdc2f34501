/** The memory of a store that is memory: DMA goes straight to it, without a copy. */
export interface DirectMemory {
  /** Bytes of a chunk, a power of two. */
  readonly chunkSize: number;
  /** Chunk `index` of the store. Those that are not there read zero; `writable` makes them. */
  chunk(index: number, writable: boolean): Uint8Array;
}

/**
 * Where the blocks of a namespace live. Offsets and lengths are bytes inside the store; the caller
 * has checked them. Failures of the medium are thrown.
 */
export interface BackingStore {
  /** Bytes, a multiple of 4096. */
  readonly size: number;
  /** Null when the bytes are elsewhere than in memory. */
  readonly memory: DirectMemory | null;
  read(offset: number, target: Uint8Array): void;
  write(offset: number, source: Uint8Array): void;
  /** The bytes read zero afterwards; their space is freed where the store can. */
  zero(offset: number, length: number): void;
  /** All that was written survives a power loss afterwards. */
  flush(): void;
  close(): void;
}
