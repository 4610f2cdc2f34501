import type { DmaOp } from './dma.ts';
import type { DmaAtomic } from './dma-atomic.ts';

export type LogLevel = 'log' | 'warn' | 'error';

/** Completion of a deferred read: a completion status of `CompletionStatus`, and the data. */
export type CompleteRead = (status: number, low: number, high: number) => void;

/** Completion status (PCIe 6.0 2.2.9.1). */
export const CompletionStatus = { SC: 0, UR: 1, CRS: 2, CA: 4 } as const;

/** Results of `raiseIrq`. */
export const IRQ_DELIVERED = 0;
export const IRQ_PENDING = 1;
export const IRQ_REFUSED = 2;

/** What a device instance needs of the host that it is plugged into. Functions are numbered from 0. */
export interface HostPort {
  /** Carries out `ops[from]` to `ops[to - 1]` in order, sets status and done of each; returns how many failed. */
  transfer(fn: number, ops: readonly DmaOp[], from: number, to: number): number;
  /** Carries out an AtomicOp, whose values have been checked; sets its status and result. */
  atomic(fn: number, op: DmaAtomic): void;
  /** A view of coherent memory of the driver, which all of it has to be; else undefined. */
  mapMemory(fn: number, address: number, length: number): Uint8Array | undefined;
  /** Sends an MSI-X or MSI message: IRQ_DELIVERED, IRQ_PENDING or IRQ_REFUSED. */
  raiseIrq(fn: number, vector: number): number;
  /** Sets the level of INTx: IRQ_DELIVERED, IRQ_PENDING (disabled by the driver), or IRQ_REFUSED (no pin). */
  setIntx(fn: number, asserted: boolean): number;
  log(level: LogLevel, text: string): void;
  /** A handler threw. `where` names it, such as `write handler of DOOR`. */
  deviceError(error: unknown, where: string): void;
  /**
   * In `dispatchRead`: takes the read that is being handled out of the flow, to be completed later. `patient`: without
   * a completion timeout.
   */
  deferRead(patient: boolean): CompleteRead;
}
