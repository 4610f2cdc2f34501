import { addressOf } from './syscalls.ts';

/** The argument of an ioctl, allocated once: its fields as words, and where the kernel finds it. */
export class IoctlArgument {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  readonly address: number;

  constructor(bytes: number) {
    const buffer = new ArrayBuffer(bytes);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer, 0, bytes >>> 2);
    this.view = new DataView(buffer);
    this.address = addressOf(buffer);
  }

  /** Stores a number of up to 53 bits as a 64-bit field. */
  setNumber(offset: number, value: number): void {
    this.view.setUint32(offset, value >>> 0, true);
    this.view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
  }
}
