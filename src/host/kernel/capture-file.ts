import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** A capture file or pipe, written in the big chunks that the pcapng writer hands over. */
export class CaptureFile {
  readonly #fd: number;

  /** Replaces what is there. */
  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  write = (chunk: Uint8Array): void => {
    for (let done = 0; done < chunk.length; ) done += writeSync(this.#fd, chunk, done);
  };

  /** On disk when this returns, if it is a file. */
  close(): void {
    if (fstatSync(this.#fd).isFile()) fsyncSync(this.#fd);
    closeSync(this.#fd);
  }
}
