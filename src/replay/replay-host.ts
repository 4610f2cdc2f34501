import { type DeviceInstance, type DmaOp, IRQ_DELIVERED } from '@pciem/sdk';
import { SimHost } from '@pciem/sdk/testing';
import type { RecordedEvent } from '../model/recording.ts';
import type { InterruptSource } from './player.ts';
import { RecordedMemory } from './recorded-memory.ts';
import type { Outcome } from './result.ts';

/** A simulated host whose memory is what the capture says that the device has read, and that checks what it writes. */
export class ReplayHost extends SimHost {
  readonly #memory: RecordedMemory;
  readonly #interrupts = new Map<InterruptSource, number>();
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
      asserts: this.interrupts('INTx'),
      errors: this.errors.map(({ error, where }) => `${where}: ${error instanceof Error ? error.message : error}`),
    };
  }

  /** How often the device has sent a message with this vector, or asserted INTx. */
  interrupts(source: InterruptSource): number {
    return this.#interrupts.get(source) ?? 0;
  }

  override raiseIrq(fn: number, vector: number): number {
    const result = super.raiseIrq(fn, vector);
    if (result === IRQ_DELIVERED) this.#count(vector);
    return result;
  }

  override transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#memory.transfer(ops, from, to);
  }

  override setIntx(fn: number, asserted: boolean): number {
    const result = super.setIntx(fn, asserted);
    // Levels as the capture counts them.
    if (this.intx !== this.#level) {
      this.#level = this.intx;
      if (this.#level) this.#count('INTx');
    }
    return result;
  }

  #count(source: InterruptSource): void {
    this.#interrupts.set(source, this.interrupts(source) + 1);
  }
}
