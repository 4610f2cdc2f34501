import { IoctlArgument } from './argument.ts';
import { tryPoll } from './syscalls.ts';

const POLLIN = 1;

/**
 * A short sleep until a file is readable, during which the event loop stands still: being woken from it takes a
 * fraction of what it takes to come back from the event loop.
 */
export class Nap {
  readonly #pollfd = new IoctlArgument(8);

  constructor(fd: number) {
    this.#pollfd.words[0] = fd;
    this.#pollfd.words[1] = POLLIN;
  }

  /** True if the file became readable within `milliseconds`, a whole number. */
  take(milliseconds: number): boolean {
    return tryPoll(this.#pollfd.address, milliseconds);
  }
}
