import type { DeviceInstance, DmaOp } from '@pciem/sdk';
import { SimHost } from '@pciem/sdk/testing';
import type { RecordedEvent } from '../model/recording.ts';
import { RecordedMemory } from './recorded-memory.ts';
import type { Outcome } from './result.ts';

/** A simulated host whose memory is what the capture says that the device has read, and that checks what it writes. */
export class ReplayHost extends SimHost {
  readonly #memory: RecordedMemory;
  #asserts = 0;
  #level = false;

  constructor(instance: DeviceInstance, events: readonly RecordedEvent[]) {
    super(instance, { enable: false, onError: 'record' });
    this.#memory = new RecordedMemory(events);
  }

  /** What the device has done so far. */
  outcome(): Outcome {
    return {
      dma: this.#memory.differences,
      dmaBytes: this.#memory.bytes,
      irqs: this.irqs,
      asserts: this.#asserts,
      errors: this.errors.map(({ error, where }) => `${where}: ${error instanceof Error ? error.message : error}`),
    };
  }

  override transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#memory.transfer(ops, from, to);
  }

  override setIntx(fn: number, asserted: boolean): number {
    const result = super.setIntx(fn, asserted);
    // Levels as the capture counts them.
    if (this.intx !== this.#level) {
      this.#level = this.intx;
      if (this.#level) this.#asserts++;
    }
    return result;
  }
}
