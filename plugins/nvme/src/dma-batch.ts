import { type DmaOp, dmaOp } from '@pciem/sdk';
import type { DmaPort } from './ports.ts';

/**
 * Accesses gathered for one `dma.transfer`, each with an owner who hears about its failure.
 * The op objects are reused.
 */
export class DmaBatch<Owner> {
  readonly #port: DmaPort;
  readonly #onFault: (owner: Owner, op: DmaOp) => void;
  readonly #ops: DmaOp[] = [];
  readonly #owners: Owner[] = [];
  #count = 0;

  constructor(port: DmaPort, onFault: (owner: Owner, op: DmaOp) => void) {
    this.#port = port;
    this.#onFault = onFault;
  }

  /** `length` bytes of `buffer` from `offset` on; `write`: device to memory. */
  add(owner: Owner, address: number, buffer: Uint8Array, offset: number, length: number, write: boolean): void {
    const index = this.#count++;
    if (index === this.#ops.length) this.#ops.push(dmaOp());
    const op = this.#ops[index] as DmaOp;
    op.address = address;
    op.buffer = buffer;
    op.offset = offset;
    op.length = length;
    op.write = write;
    op.status = 0;
    this.#owners[index] = owner;
  }

  /** Carries out what was gathered; the batch is empty afterwards. */
  run(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    if (this.#port.transfer(this.#ops, count) === 0) return;
    for (let i = 0; i < count; i++) {
      const op = this.#ops[i] as DmaOp;
      if (op.status !== 0) this.#onFault(this.#owners[i] as Owner, op);
    }
  }
}
