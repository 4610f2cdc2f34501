import koffi from 'koffi';

/** Waits on the event loop until a file is readable. */
export class Readiness {
  readonly #handle: ReturnType<typeof koffi.node.poll>;
  readonly #callback: () => void;
  #waiting = false;
  #closed = false;

  /**
   * `ready` is called once for each `wait`. The file must be one that can be polled: the library ends the process
   * otherwise.
   */
  constructor(fd: number, ready: () => void) {
    const tell = () => {
      if (!this.#closed) ready();
    };
    // An exception in the callback ends the process, and so does a call of it in a thread that is being terminated. So
    // it does nothing of consequence, and while anything else runs, the handle is stopped.
    this.#callback = () => {
      this.#stop();
      setImmediate(tell);
    };
    // The library calls back only as long as somebody holds the handle.
    this.#handle = koffi.node.poll(fd, { readable: true }, this.#callback);
    this.#handle.stop();
  }

  /** Keeps the event loop alive until the file is readable, then `ready` is called. */
  wait(): void {
    if (this.#waiting || this.#closed) return;
    this.#waiting = true;
    this.#handle.start({ readable: true }, this.#callback);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.close();
  }

  #stop(): void {
    this.#waiting = false;
    this.#handle.stop();
  }
}
