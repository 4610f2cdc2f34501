import { unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { eachBlock, isPreamble } from '@pciem/capture/recorder';
import { CaptureFile } from './capture-file.ts';
import { type Compression, splitRotated } from './capture-settings.ts';

/** When a new file is started, and how many are kept. */
export interface RotationLimits {
  fileBytes?: number | undefined;
  fileSeconds?: number | undefined;
  files?: number | undefined;
  compression?: Compression | undefined;
}

/**
 * A capture in several files, `NAME_00001_YYYYMMDDHHMMSS.pcapng` and so on as Wireshark names them. Each is complete in
 * itself: it starts with the section, the interfaces and the device maps.
 */
export class CaptureRotation {
  readonly #path: string;
  readonly #limits: RotationLimits;
  /** What each file starts with. */
  #preamble = Buffer.alloc(0);
  readonly #kept: string[] = [];
  #file: CaptureFile | undefined;
  #started = 0;
  #count = 0;

  constructor(path: string, limits: RotationLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Takes whole blocks. */
  write = (chunk: Uint8Array): void => {
    const preamble: Uint8Array[] = [];
    let from = 0;
    let expired = this.#isOld();
    eachBlock(chunk, (view, at, bytes) => {
      if (isPreamble(view, at)) {
        preamble.push(chunk.subarray(at, at + bytes));
      } else if (expired || this.#isFull(at + bytes - from)) {
        this.#put(chunk, from, at, preamble);
        this.#next();
        from = at;
        expired = false;
      }
    });
    this.#put(chunk, from, chunk.length, preamble);
  };

  close(): void {
    this.#file?.close();
  }

  #put(chunk: Uint8Array, from: number, to: number, preamble: Uint8Array[]): void {
    if (to > from) this.#current().write(chunk.subarray(from, to));
    if (preamble.length > 0) this.#preamble = Buffer.concat([this.#preamble, ...preamble.splice(0)]);
  }

  #isOld(): boolean {
    const { fileSeconds } = this.#limits;
    if (this.#file === undefined || fileSeconds === undefined) return false;
    return performance.now() - this.#started >= fileSeconds * 1000;
  }

  /** Whether `more` bytes are too many. A file has at least one block besides what all files have. */
  #isFull(more: number): boolean {
    const { fileBytes, compression } = this.#limits;
    if (this.#file === undefined || fileBytes === undefined) return false;
    // How far a chunk can be compressed is known afterwards only.
    if (compression !== undefined) return this.#file.bytes >= fileBytes;
    const { bytes } = this.#file;
    return bytes > this.#preamble.length && bytes + more > fileBytes;
  }

  #current(): CaptureFile {
    this.#file ??= this.#open();
    return this.#file;
  }

  #next(): void {
    this.#file?.close();
    this.#file = this.#open();
    this.#file.write(this.#preamble);
  }

  #open(): CaptureFile {
    const path = rotatedName(this.#path, ++this.#count, new Date());
    const file = new CaptureFile(path, this.#limits.compression);
    this.#started = performance.now();
    this.#kept.push(path);
    while (this.#kept.length > (this.#limits.files ?? Number.POSITIVE_INFINITY)) remove(this.#kept.shift() as string);
    return file;
  }
}

/** The name of the file `number` (from 1) that is started at `time`, which is shown in UTC. */
export function rotatedName(path: string, number: number, time: Date): string {
  const { stem, extension } = splitRotated(path);
  const stamp = time.toISOString().replace(/\D/g, '').slice(0, 14);
  return join(dirname(path), `${stem}_${String(number).padStart(5, '0')}_${stamp}${extension}`);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // Somebody else has taken it away already.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
