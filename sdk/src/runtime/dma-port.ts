import { type Dma, DmaFault, type DmaOp, dmaOp } from '../dma.ts';
import type { HostPort } from '../host-port.ts';

/** Accesses that a host carries out in one step. */
const BATCH = 1024;
/** Bytes of one access. */
const MAX_BYTES = 16 * 1024 * 1024;

/** DMA of one function by way of its host. */
export class DmaPort implements Dma {
  readonly #port: HostPort;
  readonly #fn: number;
  readonly #single = [dmaOp()] as const;

  constructor(port: HostPort, fn: number) {
    this.#port = port;
    this.#fn = fn;
  }

  read(address: number, length: number): Uint8Array {
    const buffer = new Uint8Array(length);
    this.readInto(address, buffer);
    return buffer;
  }

  readInto(address: number, buffer: Uint8Array): void {
    this.#move(address, buffer, false);
  }

  write(address: number, data: Uint8Array): void {
    this.#move(address, data, true);
  }

  transfer(ops: readonly DmaOp[], count = ops.length): number {
    let failed = 0;
    for (let from = 0; from < count; from += BATCH) {
      failed += this.#port.transfer(this.#fn, ops, from, Math.min(count, from + BATCH));
    }
    return failed;
  }

  #move(address: number, buffer: Uint8Array, write: boolean): void {
    const op = this.#single[0];
    op.buffer = buffer;
    op.write = write;
    for (let offset = 0; offset < buffer.byteLength; offset += MAX_BYTES) {
      op.address = address + offset;
      op.offset = offset;
      op.length = Math.min(MAX_BYTES, buffer.byteLength - offset);
      if (this.#port.transfer(this.#fn, this.#single, 0, 1) !== 0) throw new DmaFault(op, op.length);
    }
  }
}
