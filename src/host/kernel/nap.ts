import { IoctlArgument } from './argument.ts';
import { tryPoll } from './syscalls.ts';

const POLLIN = 1;
/** Words of struct pollfd: the file, and what is asked for (low half) and found (high half). */
const POLLFD = 2;

/**
 * A sleep until a file is readable, during which the event loop stands still: being woken from it takes a fraction of
 * what it takes to come back from the event loop. It also ends when the event loop has something to do, but for timers.
 */
export class Nap {
  readonly #files: IoctlArgument;
  readonly #count: number;

  /** `loopFd`: readable when the event loop has something to do; without it that is not noticed. */
  constructor(fd: number, loopFd?: number) {
    const files = loopFd === undefined ? [fd] : [fd, loopFd];
    this.#count = files.length;
    this.#files = new IoctlArgument(files.length * POLLFD * 4);
    files.forEach((file, i) => {
      this.#files.words[i * POLLFD] = file;
      this.#files.words[i * POLLFD + 1] = POLLIN;
    });
  }

  /** True if the file became readable within `milliseconds`, a whole number, and before the event loop had to do. */
  take(milliseconds: number): boolean {
    return tryPoll(this.#files.address, this.#count, milliseconds) && (this.#files.words[1] as number) >>> 16 !== 0;
  }
}
