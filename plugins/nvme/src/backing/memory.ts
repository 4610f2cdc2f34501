import type { BackingStore, DirectMemory } from './store.ts';

/** Bytes allocated at a time. */
const CHUNK = 256 * 1024;
/** What a chunk that is not there reads as. Never written. */
const ZERO = new Uint8Array(CHUNK);

/** A sparse store in memory: what was never written, or was deallocated, takes no room. */
export class MemoryStore implements BackingStore, DirectMemory {
  readonly size: number;
  readonly memory = this;
  readonly chunkSize = CHUNK;
  readonly #chunks: (Uint8Array | undefined)[];

  constructor(size: number) {
    this.size = size;
    this.#chunks = new Array(Math.ceil(size / CHUNK)).fill(undefined);
  }

  /** Bytes of memory in use. */
  get allocated(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk ? CHUNK : 0), 0);
  }

  chunk(index: number, writable: boolean): Uint8Array {
    const chunk = this.#chunks[index];
    if (chunk !== undefined) return chunk;
    if (!writable) return ZERO;
    const made = new Uint8Array(CHUNK);
    this.#chunks[index] = made;
    return made;
  }

  read(offset: number, target: Uint8Array): void {
    this.#walk(offset, target.length, (index, start, end, done) => {
      target.set(this.chunk(index, false).subarray(start, end), done);
    });
  }

  write(offset: number, source: Uint8Array): void {
    this.#walk(offset, source.length, (index, start, end, done) => {
      this.chunk(index, true).set(source.subarray(done, done + end - start), start);
    });
  }

  zero(offset: number, length: number): void {
    this.#walk(offset, length, (index, start, end) => {
      if (end - start === CHUNK) this.#chunks[index] = undefined;
      else this.#chunks[index]?.fill(0, start, end);
    });
  }

  /** Calls `visit` for the part of each chunk that the bytes fall into; `done`: bytes before it. */
  #walk(
    offset: number,
    length: number,
    visit: (index: number, start: number, end: number, done: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const start = (offset + done) % CHUNK;
      const end = Math.min(start + length - done, CHUNK);
      visit(Math.floor((offset + done) / CHUNK), start, end, done);
      done += end - start;
    }
  }

  flush(): void {}

  close(): void {
    this.#chunks.fill(undefined);
  }
}
