import { uapi } from '@pciem/capture/uapi';
import { type CompleteRead, type DmaAtomic, type DmaOp, type HostPort, IRQ_REFUSED, type LogLevel } from '@pciem/sdk';
import { type Control, LATE } from './control.ts';
import { DmaAtomics } from './dma-atomic.ts';
import { DmaMemory, type MappingOwner } from './dma-memory.ts';
import { DmaTransfer } from './dma-transfer.ts';
import { ErrorLog } from './error-log.ts';
import type { KernelEvent } from './events.ts';
import type { Ring } from './ring.ts';

const { PCIEM_MARK_LOG, PCIEM_MARK_ERROR } = uapi.constants;

/** The kernel as a device instance sees it. */
export class KernelPort implements HostPort {
  /** What is being read, for reports; set before a read is dispatched. */
  readonly reading = { fn: 0, space: 0, offset: 0 };
  readonly errors: ErrorLog;
  readonly #control: Control;
  readonly #ring: Ring;
  readonly #dma: DmaTransfer;
  readonly #atomics: DmaAtomics;
  readonly #memory: DmaMemory;
  readonly #emit: (event: KernelEvent) => void;
  readonly #nameAt: (fn: number, space: number, offset: number) => string;
  readonly #late = new Set<string>();
  readonly #completionTimeoutUs: number;
  /** Reads that wait without a completion timeout. */
  #patient = 0;

  constructor(parts: {
    control: Control;
    completionTimeoutUs: number;
    ring: Ring;
    nameAt: (fn: number, space: number, offset: number) => string;
    emit: (event: KernelEvent) => void;
    mappings: MappingOwner;
  }) {
    this.#control = parts.control;
    this.#completionTimeoutUs = parts.completionTimeoutUs;
    this.#ring = parts.ring;
    this.#dma = new DmaTransfer(parts.control.fd);
    this.#atomics = new DmaAtomics(parts.control.fd);
    this.#memory = new DmaMemory(parts.control.fd, parts.mappings);
    this.#nameAt = parts.nameAt;
    this.#emit = parts.emit;
    this.errors = new ErrorLog(parts.emit);
  }

  transfer(fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#dma.run(fn, ops, from, to);
  }

  atomic(fn: number, op: DmaAtomic): void {
    this.#atomics.run(fn, op);
  }

  mapMemory(fn: number, address: number, length: number): Uint8Array | undefined {
    return this.#memory.map(fn, address, length);
  }

  raiseIrq(fn: number, vector: number): number {
    const result = this.#control.raiseIrq(fn, vector);
    return result < 0 ? IRQ_REFUSED : result;
  }

  setIntx(fn: number, asserted: boolean): number {
    const result = this.#control.setIntx(fn, asserted);
    return result < 0 ? IRQ_REFUSED : result;
  }

  log(level: LogLevel, text: string): void {
    this.#emit({ type: level, text });
    this.#control.mark(level === 'error' ? PCIEM_MARK_ERROR : PCIEM_MARK_LOG, text);
  }

  deviceError(error: unknown, where: string): void {
    const text = this.errors.add(error, where);
    if (text !== undefined) this.#control.mark(PCIEM_MARK_ERROR, text);
  }

  deferRead(patient: boolean): CompleteRead {
    const { tag, seqLow, seqHigh } = this.#ring;
    const { fn, space, offset } = this.reading;
    if (patient && ++this.#patient === 1) this.#control.setTimeout(0);
    return (status, low, high) => {
      if (patient && --this.#patient === 0) this.#control.setTimeout(this.#completionTimeoutUs);
      if (this.#control.complete(tag, seqLow, seqHigh, status, low, high) === LATE) this.#tooLate(fn, space, offset);
    };
  }

  /** Answers the read whose record is being handled. */
  completeRead(status: number, low: number, high: number): void {
    const { tag, seqLow, seqHigh } = this.#ring;
    if (this.#control.complete(tag, seqLow, seqHigh, status, low, high) !== LATE) return;
    this.#tooLate(this.reading.fn, this.reading.space, this.reading.offset);
  }

  #tooLate(fn: number, space: number, offset: number): void {
    const register = this.#nameAt(fn, space, offset);
    if (this.#late.has(register)) return;
    this.#late.add(register);
    this.#emit({ type: 'late', register });
  }
}
