import { uapi } from '@pciem/capture/uapi';
import type { DmaOp } from '../dma.ts';
import { AtomicOp, type DmaAtomic } from '../dma-atomic.ts';
import { DmaStatus } from '../dma-fault.ts';
import type { SimConfig } from './sim-config.ts';
import type { SimParts, SimRecorder } from './sim-parts.ts';

const { constants: c } = uapi;

/** What one function does to the driver's memory, and what captures say of it. */
export class SimDma {
  readonly #parts: SimParts;
  readonly #config: SimConfig;
  readonly #record: SimRecorder;

  constructor(parts: SimParts, config: SimConfig, record: SimRecorder) {
    this.#parts = parts;
    this.#config = config;
    this.#record = record;
  }

  transfer(ops: readonly DmaOp[], from: number, to: number): number {
    let failed = 0;
    for (let i = from; i < to; i++) {
      const op = ops[i] as DmaOp;
      op.done = 0;
      op.status = this.#refusal;
      if (op.status === DmaStatus.OK) this.#parts.memory.access(op);
      this.#captureTransfer(op);
      if (op.status !== DmaStatus.OK) failed++;
    }
    return failed;
  }

  atomic(op: DmaAtomic): void {
    op.result.fill(0);
    op.status = this.#refusal;
    if (op.status === DmaStatus.OK) this.#parts.memory.atomic(op);
    const { address, size, status } = op;
    if (status !== DmaStatus.OK) {
      this.#fault(address, size, status, true);
      return;
    }
    const used = op.op === AtomicOp.CAS ? [op.result, op.operand, op.compare] : [op.result, op.operand];
    const data = Uint8Array.from(used.flatMap((words) => [...new Uint8Array(words.buffer, words.byteOffset, size)]));
    const flags = c.PCIEM_EVENT_COMPLETED | this.#kindOf(address);
    this.#record({ kind: c.PCIEM_EVENT_DMA_ATOMIC, address, flags, vector: op.op, data, length: size });
  }

  /** Coherent memory, if all of it is in one allocation. */
  map(address: number, length: number): Uint8Array | undefined {
    return this.#parts.plugged ? this.#parts.memory.map(address, length) : undefined;
  }

  /** Why the function may not access memory at all, or OK. */
  get #refusal(): number {
    if (!this.#parts.plugged) return DmaStatus.GONE;
    return this.#config.busMaster && this.#config.powerState === 0 ? DmaStatus.OK : DmaStatus.BUS_MASTER_OFF;
  }

  #captureTransfer(op: DmaOp): void {
    const { address, buffer, write, status } = op;
    const offset = op.offset ?? 0;
    if (status !== DmaStatus.OK) {
      this.#fault(address, op.length ?? buffer.byteLength - offset, status, write);
      return;
    }
    const kind = write ? c.PCIEM_EVENT_DMA_WRITE : c.PCIEM_EVENT_DMA_READ;
    const data = Uint8Array.from(buffer.subarray(offset, offset + op.done));
    this.#record({ kind, address, flags: this.#kindOf(address), data });
  }

  #fault(address: number, length: number, status: number, write: boolean): void {
    this.#record({ kind: c.PCIEM_EVENT_DMA_FAULT, address, status, vector: write ? 1 : 0, length });
  }

  #kindOf(address: number): number {
    return this.#parts.memory.isCoherent(address) ? c.PCIEM_EVENT_COHERENT : 0;
  }
}
