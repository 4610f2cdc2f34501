import koffi from 'koffi';

/** Waits on the event loop until a file is readable. */
export class Readiness {
  readonly #handle: ReturnType<typeof koffi.node.poll>;
  readonly #callback: () => void;
  #waiting = false;

  /** Throws if the file cannot be polled. `ready` is called once for each `wait`. */
  constructor(fd: number, ready: () => void) {
    // An exception in the callback would end the process, and so would the termination of a thread that hangs in it:
    // everything of consequence happens afterwards. The library calls back only as long as somebody holds the handle.
    this.#callback = () => {
      this.stop();
      setImmediate(ready);
    };
    this.#handle = koffi.node.poll(fd, { readable: true }, this.#callback);
    this.#handle.stop();
  }

  /** Keeps the event loop alive until the file is readable, then calls `ready`. */
  wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#handle.start({ readable: true }, this.#callback);
  }

  stop(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#handle.stop();
  }

  close(): void {
    this.#waiting = false;
    this.#handle.close();
  }
}
