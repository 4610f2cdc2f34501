import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { getSystemErrorMessage } from 'node:util';
import koffi from 'koffi';
import type { Line } from './line.ts';

const NAME_BYTES = 64;
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
  readonly #output: WriteStream;
  /** Held open, so that the pseudo terminal stays when the program at the other side ends. */
  readonly #otherSide: number;

  constructor() {
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    const master = openSync('/dev/ptmx', flags);
    try {
      this.description = unlock(master);
      this.#otherSide = openSync(this.description, flags);
    } catch (error) {
      closeSync(master);
      throw error;
    }
    makeRaw(this.#otherSide);
    this.#input = new ReadStream(master);
    this.#output = new WriteStream(master);
  }

  send(data: Uint8Array): void {
    this.#output.write(data);
  }

  onData(receive: (data: Uint8Array) => void): void {
    this.#input.on('data', (data: Buffer) => receive(data));
  }

  close(): void {
    this.#input.destroy();
    this.#output.destroy();
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
