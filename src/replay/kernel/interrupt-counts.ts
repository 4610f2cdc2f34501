import { closeSync, constants, ftruncateSync, openSync } from 'node:fs';
import { mmap, viewOf } from '../../host/kernel/syscalls.ts';
import type { InterruptSource } from '../player.ts';

/** Most vectors of a function, those of MSI-X (PCIe 6.0 7.7.2.2); INTx is counted behind them. */
const VECTORS = 2048;
const LENGTH = VECTORS + 1;

/**
 * How often a device has interrupted, in a file that two processes have in memory: the player waits for what the device
 * does elsewhere, and a message between them would wait for the player's accesses.
 */
export class InterruptCounts {
  readonly #counts: Uint32Array;

  /** `file`: made by whoever comes first; it may be removed while it is used. */
  constructor(file: string) {
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      ftruncateSync(fd, LENGTH * Uint32Array.BYTES_PER_ELEMENT);
      const mapping = mmap(fd, 0, LENGTH * Uint32Array.BYTES_PER_ELEMENT, file);
      this.#counts = new Uint32Array(viewOf(mapping));
    } finally {
      closeSync(fd);
    }
  }

  /** The device has sent a message, or asserted INTx. */
  add(source: InterruptSource): void {
    Atomics.add(this.#counts, placeOf(source), 1);
  }

  of(source: InterruptSource): number {
    return Atomics.load(this.#counts, placeOf(source));
  }
}

function placeOf(source: InterruptSource): number {
  return source === 'INTx' ? VECTORS : source;
}
