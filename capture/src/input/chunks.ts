import { type FileHandle, open } from 'node:fs/promises';
import { type Duplex, pipeline } from 'node:stream';
import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { ZstdFrames } from './zstd-frames.ts';

const CHUNK_BYTES = 1 << 20;
const GZIP_MAGIC = 0x1f8b;
/** The first two bytes of a frame: no pcapng file starts with them. */
const ZSTD_MAGIC = 0x28b5;

/** A piece of a capture file. */
export interface FileChunk {
  /** Its bytes; gone with the next chunk. */
  bytes: Uint8Array;
  /** Bytes of the file read so far, and in all. */
  read: number;
  total: number;
}

/**
 * Reads a capture file in constant memory; decompresses gzip and Zstandard, whatever the file is called. A compressed
 * file that is cut off ends where it can no longer be decompressed.
 */
export async function* fileChunks(path: string): AsyncGenerator<FileChunk> {
  await using file = await open(path);
  const { size: total } = await file.stat();
  const position = { read: 0 };
  const magic = Buffer.alloc(2);
  const isFile = (await file.stat()).isFile();
  if (isFile) await file.read(magic, 0, 2, 0);
  const kind = isFile ? magic.readUInt16BE(0) : 0;
  const raw = rawChunks(file, position, kind === GZIP_MAGIC || kind === ZSTD_MAGIC);
  const source = kind === GZIP_MAGIC ? gunzip(raw) : kind === ZSTD_MAGIC ? unzstd(raw) : raw;
  for await (const bytes of source) yield { bytes, read: position.read, total };
}

async function* rawChunks(file: FileHandle, position: { read: number }, keeps: boolean): AsyncGenerator<Uint8Array> {
  let buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    position.read += bytesRead;
    yield buffer.subarray(0, bytesRead);
    // A decompressor may still have the last piece in its queue.
    if (keeps) buffer = new Uint8Array(CHUNK_BYTES);
  }
}

/** All members: Node's decoder goes from one to the next by itself. */
async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* untilCut(source, createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH }));
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new ZstdFrames();
  let rest: Uint8Array = new Uint8Array(0);
  const iterator = source[Symbol.asyncIterator]();
  let isOver = false;
  /** The bytes of one frame. */
  async function* frame(): AsyncGenerator<Uint8Array> {
    for (;;) {
      if (rest.length === 0) {
        const { done, value } = await iterator.next();
        if (done) {
          isOver = true;
          return;
        }
        rest = value;
      }
      const { to, ends } = frames.take(rest, 0);
      const piece = rest.subarray(0, to);
      rest = rest.subarray(to);
      yield piece;
      if (ends) return;
    }
  }
  while (!isOver) {
    if (rest.length === 0) {
      const { done, value } = await iterator.next();
      if (done) return;
      rest = value;
    }
    const decoder = createZstdDecompress({ chunkSize: CHUNK_BYTES, finishFlush: constants.ZSTD_e_flush });
    if (!(yield* untilCut(frame(), decoder))) return;
  }
}

/** What comes out of the decoder; returns whether that was all. */
async function* untilCut(source: AsyncIterable<Uint8Array>, decoder: Duplex): AsyncGenerator<Uint8Array, boolean> {
  try {
    yield* pipeline(source, decoder, () => {}) as AsyncIterable<Uint8Array>;
    return true;
  } catch (error) {
    // The file is cut off, or broken from here on: what came before is good.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) throw error;
    return false;
  }
}
