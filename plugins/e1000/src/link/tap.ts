import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { getSystemErrorMessage } from 'node:util';
import koffi from 'koffi';
import type { Link } from './link.ts';

const TUNSETIFF = 0x4004_54ca;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const NAME_BYTES = 16;
const IFREQ_BYTES = 40;
const MAX_FRAME = 65_536;
/** Frames that are taken in one turn of the event loop. */
const BATCH = 64;

/** A tap device of this machine: `tap:NAME`, made if it is not there, gone with the card if so. */
export class TapLink implements Link {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(MAX_FRAME);
  readonly #poll: { start(events: object, callback: () => void): void; stop(): void; close(): void };
  #receive: (frame: Uint8Array) => void = () => {};
  #closed = false;

  constructor(name: string) {
    this.#fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
    try {
      attachTo(this.#fd, name);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.#poll = koffi.node.poll(this.#fd, { readable: true }, this.#readable);
    this.#poll.stop();
  }

  attach(receive: (frame: Uint8Array) => void, changed: (up: boolean) => void): void {
    this.#receive = receive;
    this.#poll.start({ readable: true }, this.#readable);
    changed(true);
  }

  send(frame: Uint8Array): void {
    try {
      writeSync(this.#fd, frame);
    } catch (error) {
      // Down, or its queue is full: the frame is lost, as on any network.
      if (!['EIO', 'EAGAIN', 'ENOBUFS', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#poll.close();
    closeSync(this.#fd);
  }

  /** An exception in this callback would end the process, so that it does nothing else. */
  readonly #readable = (): void => {
    this.#poll.stop();
    setImmediate(() => this.#take());
  };

  #take(): void {
    if (this.#closed) return;
    for (let n = 0; n < BATCH; n++) {
      const length = this.#readFrame();
      if (length === 0) break;
      this.#receive(this.#buffer.subarray(0, length));
    }
    this.#poll.start({ readable: true }, this.#readable);
  }

  /** Bytes of the next frame; 0 if there is none. */
  #readFrame(): number {
    try {
      return readSync(this.#fd, this.#buffer);
    } catch (error) {
      if (['EAGAIN', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
      throw error;
    }
  }
}

/** Connects an open /dev/net/tun with the tap device `name` (Linux: Documentation/networking/tuntap). */
function attachTo(fd: number, name: string): void {
  const ioctl = koffi.load(null).func('ioctl', 'int', ['int', 'ulong', 'void *']) as (...args: unknown[]) => number;
  const request = Buffer.alloc(IFREQ_BYTES);
  request.write(name, 0, NAME_BYTES - 1, 'latin1');
  request.writeUInt16LE(IFF_TAP | IFF_NO_PI, NAME_BYTES);
  if (ioctl(fd, TUNSETIFF, request) === 0) return;
  throw new Error(`the tap device ${name} cannot be used: ${getSystemErrorMessage(-koffi.errno())}`);
}
