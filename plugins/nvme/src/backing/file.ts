import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { optionError } from '../option-error.ts';
import { otherWriter } from './file-users.ts';
import type { BackingStore } from './store.ts';

/** Unit in which the store knows that the file is still zero. */
const CHUNK = 1024 * 1024;
const ZERO = new Uint8Array(CHUNK);

/** A store in a file, whose bytes are those of the namespace. Survives restarts. */
export class FileStore implements BackingStore {
  readonly size: number;
  readonly memory = null;
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  readonly #file: number;
  /** Chunks that are certainly zero: deallocating them again costs nothing. */
  readonly #zero: Uint8Array;

  /** Opens the file, or makes a sparse one of `size` bytes. Without `size` the file must exist. */
  constructor(path: string, size: number | undefined) {
    this.#file = open(path, size !== undefined);
    try {
      this.path = realpathSync(path);
      const found = fstatSync(this.#file);
      if (!found.isFile()) throw optionError('backing', path, 'is not a regular file', 'name a file');
      const user = otherWriter(this.#file);
      if (user) throw optionError('backing', path, `is in use by ${user}`, 'stop it, or use another file');
      this.size = settleSize(this.#file, path, found.size, size);
      this.#zero = new Uint8Array(Math.ceil(this.size / CHUNK)).fill(found.size === 0 ? 1 : 0);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  read(offset: number, target: Uint8Array): void {
    for (let done = 0; done < target.length; ) {
      const count = readSync(this.#file, target, done, target.length - done, offset + done);
      if (count === 0) throw new Error(`${this.path} has become shorter than ${this.size} bytes`);
      done += count;
    }
  }

  write(offset: number, source: Uint8Array): void {
    this.#zero.fill(0, Math.floor(offset / CHUNK), Math.ceil((offset + source.length) / CHUNK));
    for (let done = 0; done < source.length; ) {
      done += writeSync(this.#file, source, done, source.length - done, offset + done);
    }
  }

  zero(offset: number, length: number): void {
    const end = offset + length;
    const lastData = end >= this.size || this.#zero.indexOf(0, Math.floor(end / CHUNK)) === -1;
    if (length >= CHUNK && lastData) {
      // Node has no fallocate: cutting the file off and growing it again is what frees space.
      ftruncateSync(this.#file, offset);
      ftruncateSync(this.#file, this.size);
      this.#zero.fill(1, Math.ceil(offset / CHUNK));
      return;
    }
    for (let at = offset; at < end; ) {
      const chunk = Math.floor(at / CHUNK);
      const stop = Math.min(end, (chunk + 1) * CHUNK);
      if (this.#zero[chunk] === 0) this.#zeroChunk(chunk, at, stop);
      at = stop;
    }
  }

  #zeroChunk(chunk: number, from: number, to: number): void {
    this.write(from, ZERO.subarray(0, to - from));
    if (to - from === CHUNK) this.#zero[chunk] = 1;
  }

  flush(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

function open(path: string, create: boolean): number {
  try {
    return openSync(path, constants.O_RDWR | (create ? constants.O_CREAT : 0), 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !create) {
      throw optionError('backing', path, 'does not exist', 'give a size too, e.g. size=256M, to make it');
    }
    throw optionError('backing', path, `cannot be opened (${code})`, 'name a file that can be read and written');
  }
}

/** A new file gets the size; of an existing one the size is taken, and must be the one asked for. */
function settleSize(file: number, path: string, found: number, wanted: number | undefined): number {
  if (found === 0 && wanted !== undefined) {
    ftruncateSync(file, wanted);
    return wanted;
  }
  if (wanted !== undefined && wanted !== found) {
    throw optionError('size', String(wanted), `differs from the size of ${path}, ${found} bytes`, 'leave size out');
  }
  if (found === 0) throw optionError('backing', path, 'is empty', 'give a size too, e.g. size=256M');
  if (found % 4096 !== 0) {
    throw optionError('backing', path, `has ${found} bytes, not a multiple of 4096`, 'use another file');
  }
  return found;
}
