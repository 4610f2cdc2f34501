import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { UsageFailure } from '../errors.ts';

const BUFFER_BYTES = 1 << 20;
const utf8 = new TextEncoder();

/** Where an export goes: a file, or standard output. Writes in large pieces. */
export class Output {
  readonly #fd: number | undefined;
  readonly #path: string | undefined;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;

  /** `path` undefined is standard output. */
  constructor(path: string | undefined) {
    this.#path = path;
    try {
      this.#fd = path === undefined ? undefined : openSync(path, 'w');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reasons: Record<string, string> = { ENOENT: 'its directory does not exist', EISDIR: 'it is a directory' };
      throw new UsageFailure(`-o ${path}: ${reasons[code ?? ''] ?? `it cannot be written (${code})`}`);
    }
  }

  text(text: string): void {
    let rest = text;
    while (rest !== '') {
      if (BUFFER_BYTES - this.#used < 4) this.#flush();
      const { read, written } = utf8.encodeInto(rest, this.#buffer.subarray(this.#used));
      this.#used += written;
      rest = rest.slice(read);
    }
  }

  bytes(bytes: Uint8Array): void {
    this.#flush();
    this.#write(bytes);
  }

  /** Everything is written: makes it durable. */
  finish(): void {
    this.#flush();
    if (this.#fd === undefined) return;
    // Devices and pipes cannot be synchronized, and need not be.
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
    }
    closeSync(this.#fd);
  }

  /** The export failed: leaves no half file behind. */
  discard(): void {
    if (this.#fd === undefined || this.#path === undefined) return;
    closeSync(this.#fd);
    if (!this.#path.startsWith('/dev/')) unlinkSync(this.#path);
  }

  #flush(): void {
    if (this.#used > 0) this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array): void {
    if (this.#fd === undefined) {
      // The stream may keep what it is given.
      process.stdout.write(bytes.slice());
      return;
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
  }
}
