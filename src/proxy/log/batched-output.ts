import { writeSync } from 'node:fs';

/** A batch is written at once when it has so many characters. */
const BATCH = 1 << 16;

/** Writes text to a file, many lines at a time: a driver makes thousands of accesses while one line is written. */
export class BatchedOutput {
  readonly #fd: number;
  #text = '';
  #scheduled = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= BATCH) this.flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
  }

  flush(): void {
    this.#scheduled = false;
    const text = this.#text;
    this.#text = '';
    if (text !== '') writeAll(this.#fd, text);
  }
}

/** Pipes may be full for a moment. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nobody reads any more: the device goes on.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
}
