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
    for (let i = 0; i < count; i++) checkOp(ops[i], i);
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
      if (this.transfer(this.#single) !== 0) throw new DmaFault(op, op.length);
    }
  }
}

/** Hosts hand buffers to the kernel as addresses: nothing may reach past their ends. */
function checkOp(op: DmaOp | undefined, index: number): void {
  if (op === undefined) throw new RangeError(`transfer: there is no op ${index}`);
  const offset = op.offset ?? 0;
  const length = op.length ?? op.buffer.byteLength - offset;
  if (!(offset >= 0 && length > 0 && length <= MAX_BYTES && offset + length <= op.buffer.byteLength)) {
    throw new RangeError(
      `transfer: op ${index} uses ${length} bytes from ${offset} on of a buffer of ${op.buffer.byteLength}; ` +
        `give 1 to ${MAX_BYTES} bytes inside it`,
    );
  }
  if (!(op.address >= 0 && op.address <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`transfer: op ${index} has the bus address ${op.address}; give one from 0 to 2^53 - 1`);
  }
}
