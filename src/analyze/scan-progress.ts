/** Work that is over sooner shows nothing. */
const QUIET_MS = 2000;
const INTERVAL_MS = 200;

/** How far a long read of a file is, in one line of the terminal that replaces itself. */
export class ScanProgress {
  readonly #what: string;
  readonly #enabled: boolean;
  #next: number;
  #shown = false;

  constructor(what: string, enabled = process.stderr.isTTY) {
    this.#what = what;
    this.#enabled = enabled;
    this.#next = performance.now() + QUIET_MS;
  }

  show(done: number, total: number): void {
    const now = performance.now();
    if (!this.#enabled || now < this.#next) return;
    this.#next = now + INTERVAL_MS;
    this.#shown = true;
    const percent = total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 0;
    process.stderr.write(`\r\x1b[K${this.#what}: ${percent} %`);
  }

  clear(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K');
  }
}
