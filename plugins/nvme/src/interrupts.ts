import type { Ports } from './ports.ts';
import type { CompletionQueue } from './queues.ts';

/** Unit of the Interrupt Coalescing feature's aggregation time (NVMe 1.4 §5.21.1.8). */
const MICROSECONDS = 100;

/**
 * Interrupts of completion queues: one message for each batch, fewer when the host asked for
 * coalescing. With MSI-X the masks are the function's, INTMS and INTMC have no part (§7.5).
 */
export class Interrupts {
  readonly #ports: Ports;
  /** Interrupt Coalescing: completions (0's based) and 100 us units; off while either is 0. */
  threshold = 0;
  time = 0;
  /** Interrupt Vector Configuration, Coalescing Disable, by vector. */
  readonly coalescingDisabled: boolean[];
  /** INTMS and INTMC: kept for the host to read. */
  mask = 0;
  readonly #timers = new Map<CompletionQueue, NodeJS.Timeout>();

  constructor(ports: Ports, vectors: number) {
    this.#ports = ports;
    this.coalescingDisabled = new Array(vectors).fill(false);
  }

  get vectors(): number {
    return this.coalescingDisabled.length;
  }

  /** The collected completions of the queue are in host memory. */
  notify(queue: CompletionQueue): void {
    const count = queue.collected;
    queue.collected = 0;
    if (count === 0 || !queue.interrupts) return;
    if (this.#immediate(queue)) {
      this.#ports.interrupt(queue.vector);
      return;
    }
    queue.unannounced += count;
    if (queue.unannounced > this.threshold) this.#announce(queue);
    else if (!this.#timers.has(queue)) this.#wait(queue);
  }

  /** The admin queue's interrupts are never coalesced (§5.21.1.8). */
  #immediate(queue: CompletionQueue): boolean {
    return queue.id === 0 || this.threshold === 0 || this.time === 0 || this.coalescingDisabled[queue.vector] === true;
  }

  #wait(queue: CompletionQueue): void {
    const delay = Math.ceil((this.time * MICROSECONDS) / 1000);
    this.#timers.set(
      queue,
      setTimeout(() => this.#announce(queue), delay),
    );
  }

  #announce(queue: CompletionQueue): void {
    this.forget(queue);
    this.#ports.interrupt(queue.vector);
  }

  /** The queue is gone, or its completions are announced. */
  forget(queue: CompletionQueue): void {
    queue.unannounced = 0;
    clearTimeout(this.#timers.get(queue));
    this.#timers.delete(queue);
  }

  reset(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.mask = 0;
    this.#ports.registers.setInterruptMask(0);
  }
}
