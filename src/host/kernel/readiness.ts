import koffi from 'koffi';

/** Tells on the event loop that a file is readable, again and again as long as it is. */
export class Readiness {
  readonly #handle: ReturnType<typeof koffi.node.poll>;
  readonly #callback: () => void;
  #scheduled = false;
  #paused = false;

  /** Starts to look at once. The file must be one that can be polled: the library ends the process otherwise. */
  constructor(fd: number, ready: () => void) {
    const tell = () => {
      this.#scheduled = false;
      if (!this.#paused) ready();
    };
    // An exception in the callback would end the process, and so would the termination of a thread that hangs in it:
    // everything of consequence happens afterwards. The library calls back only as long as somebody holds the handle.
    this.#callback = () => {
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(tell);
    };
    this.#handle = koffi.node.poll(fd, { readable: true }, this.#callback);
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#handle.stop();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#handle.start({ readable: true }, this.#callback);
  }

  close(): void {
    this.#paused = true;
    this.#handle.close();
  }
}
