import { closeSync, constants, openSync, write } from 'node:fs';
import { ReadStream } from 'node:tty';
import { getSystemErrorMessage } from 'node:util';
import koffi from 'koffi';
import type { Line } from './line.ts';

const NAME_BYTES = 64;
/** Milliseconds after which what found no room is sent again. */
const RETRY = 10;
/** More than struct termios has anywhere. */
const TERMIOS_BYTES = 256;

const libc = koffi.load(null);
const unlockpt = libc.func('unlockpt', 'int', ['int']);
const ptsname = libc.func('ptsname_r', 'int', ['int', 'void *', 'size_t']);
const tcgetattr = libc.func('tcgetattr', 'int', ['int', 'void *']);
const cfmakeraw = libc.func('cfmakeraw', 'void', ['void *']);
const tcsetattr = libc.func('tcsetattr', 'int', ['int', 'int', 'void *']);

/** A pseudo terminal: what a program writes to its other side, the driver receives. */
export class PtyLine implements Line {
  /** Name of the other side, such as `/dev/pts/3`. */
  readonly description: string;
  readonly #input: ReadStream;
  readonly #master: number;
  /** Held open, so that the pseudo terminal stays when the program at the other side ends. */
  readonly #otherSide: number;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor() {
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    // A write to a pseudo terminal whose reader has fallen behind would hold up the device.
    const master = openSync('/dev/ptmx', flags | constants.O_NONBLOCK);
    try {
      this.description = unlock(master);
      this.#otherSide = openSync(this.description, flags);
    } catch (error) {
      closeSync(master);
      throw error;
    }
    makeRaw(this.#otherSide);
    this.#master = master;
    this.#input = new ReadStream(master);
  }

  /** While nobody reads at the other side, and the pseudo terminal is full, the rest waits. */
  send(data: Uint8Array, sent: () => void): void {
    write(this.#master, data, (error, written) => {
      if (this.#closed) return;
      if (error !== null && error.code !== 'EAGAIN') throw error;
      const rest = data.subarray(error === null ? written : 0);
      if (rest.length === 0) sent();
      else this.#retry = setTimeout(() => this.send(rest, sent), RETRY);
    });
  }

  onData(receive: (data: Uint8Array) => void): void {
    this.#input.on('data', (data: Buffer) => receive(data));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#input.destroy();
    closeSync(this.#otherSide);
  }
}

/** Lets others open the other side; returns its name. */
function unlock(master: number): string {
  const name = Buffer.alloc(NAME_BYTES);
  check(unlockpt(master) === 0 ? 0 : koffi.errno());
  check(ptsname(master, name, name.length));
  return name.toString('latin1', 0, name.indexOf(0));
}

/** No echo, no lines, no signals: bytes. Node's own raw mode would still turn line feeds into two characters. */
function makeRaw(terminal: number): void {
  const settings = Buffer.alloc(TERMIOS_BYTES);
  check(tcgetattr(terminal, settings) === 0 ? 0 : koffi.errno());
  cfmakeraw(settings);
  check(tcsetattr(terminal, 0, settings) === 0 ? 0 : koffi.errno());
}

function check(errno: number): void {
  if (errno !== 0) throw new Error(`no pseudo terminal: ${getSystemErrorMessage(-errno)}`);
}
