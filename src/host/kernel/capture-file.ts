import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Compression } from './capture-settings.ts';

/** Higher levels cost the thread that must keep up with the bus several times as much, for a few percent. */
const GZIP_LEVEL = 1;
const ZSTD_LEVEL = 1;

/**
 * A capture file or pipe, written in the big chunks that the pcapng writer hands over. Each compressed chunk is a member
 * (gzip) or frame (zstd) of its own: a file that is cut off is readable up to the last whole one.
 */
export class CaptureFile {
  readonly #fd: number;
  readonly #compression: Compression | undefined;
  #bytes = 0;

  /** Replaces what is there. */
  constructor(path: string, compression?: Compression) {
    this.#fd = openSync(path, 'w');
    this.#compression = compression;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  write = (chunk: Uint8Array): void => {
    const bytes = this.#compression === undefined ? chunk : compress(chunk, this.#compression);
    for (let done = 0; done < bytes.length; ) done += this.#write(bytes, done);
    this.#bytes += bytes.length;
  };

  /** On disk when this returns, if it is a file. */
  close(): void {
    if (fstatSync(this.#fd).isFile()) fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  #write(bytes: Uint8Array, from: number): number {
    try {
      return writeSync(this.#fd, bytes, from);
    } catch (error) {
      // A pipe that whoever made it has set to not block, and that is full: its reader sets the pace.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      return 0;
    }
  }
}

function compress(chunk: Uint8Array, compression: Compression): Uint8Array {
  if (compression === 'gzip') return gzipSync(chunk, { level: GZIP_LEVEL });
  return zstdCompressSync(chunk, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });
}
