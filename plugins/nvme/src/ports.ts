import type { DmaOp } from '@pciem/sdk';

/**
 * What the controller needs from the outside. The SDK's device context fits; tests bring their own.
 */

export interface DmaPort {
  /** Carries the first `count` accesses out in order; returns how many were refused. */
  transfer(ops: readonly DmaOp[], count: number): number;
  /** A view of the driver's coherent memory. Throws a DmaFault if it is not all in one mapping of such. */
  map(address: number, length: number): Uint8Array;
}

/** The controller registers that the device reads and sets (NVMe 1.4 §3.1). */
export interface RegisterPort {
  setStatus(csts: number): void;
  setInterruptMask(mask: number): void;
  /** Admin Queue Attributes. */
  adminQueueAttributes(): number;
  /** Admin Submission Queue Base Address, low and high half. */
  adminSubmissionQueue(): readonly [low: number, high: number];
  /** Admin Completion Queue Base Address, low and high half. */
  adminCompletionQueue(): readonly [low: number, high: number];
}

export interface Ports {
  dma: DmaPort;
  registers: RegisterPort;
  /** Sends the message of an MSI-X vector. */
  interrupt(vector: number): void;
  /** Something the author of a driver wants to know. */
  warn(message: string): void;
}
