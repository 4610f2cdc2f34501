import { DmaFault } from '@pciem/sdk';
import type { Core } from './core.ts';
import type { DmaBatch } from './dma-batch.ts';
import { takeDoorbell } from './doorbells.ts';
import type { DmaPort } from './ports.ts';

const ENTRY = 4;
/** Bytes of the entries of one queue identifier: tail and head, laid out as the doorbells are (CAP.DSTRD = 0). */
const PAIR = 2 * ENTRY;

/** What is written before a store to it is not overtaken by what is read after it. */
const fence = new Int32Array(new SharedArrayBuffer(ENTRY));

/**
 * The buffers of Doorbell Buffer Config (NVMe 1.4 §5.7, §7.13). The host puts the doorbells of I/O queues into one, and
 * writes to the register only when that passes the value in the other one (EventIdx): the controller moves it on before
 * it sleeps, and leaves it behind while it looks at the first buffer anyway.
 *
 * Coherent memory is looked at in place, and what is taken from it is read over the bus as well, for captures to show.
 * Other memory is read when a register has been written, and EventIdx always asks for that.
 */
export class DoorbellBuffer {
  readonly what = 'the shadow doorbells';
  readonly #core: Core;
  readonly #shadow: number;
  readonly #eventIndex: number;
  readonly #inPlace: boolean;
  /** The host's buffer, or a copy of it; by `2 * queue` for tails and `2 * queue + 1` for heads, as the next two. */
  readonly #bytes: Uint8Array;
  readonly #values: Uint32Array;
  /** What has been taken from it. */
  readonly #taken: Uint32Array;
  /** What has been put into the other one. */
  readonly #asked: Uint32Array;
  readonly #askedBytes: Uint8Array;
  /** Entries that were read over the bus: nobody looks at them. */
  readonly #seen: Uint8Array;
  /** By queue identifier: something has been taken, and not been read over the bus. */
  readonly #unread: Uint8Array;

  /** Both are addresses of memory pages. */
  constructor(core: Core, shadow: number, eventIndex: number) {
    this.#core = core;
    this.#shadow = shadow;
    this.#eventIndex = eventIndex;
    const { submission, completion, last } = core.queues;
    const length = (last + 1) * PAIR;
    const memory = coherent(core.ports.dma, shadow, length);
    this.#inPlace = memory !== undefined;
    this.#bytes = memory ?? new Uint8Array(length);
    this.#values = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, length / ENTRY);
    this.#taken = new Uint32Array(length / ENTRY);
    this.#asked = new Uint32Array(length / ENTRY);
    this.#askedBytes = new Uint8Array(this.#asked.buffer);
    this.#seen = new Uint8Array(length);
    this.#unread = new Uint8Array(last + 1);
    for (let id = 1; id <= last; id++) {
      this.#taken[2 * id] = submission[id]?.tail ?? 0;
      this.#taken[2 * id + 1] = completion[id]?.head ?? 0;
    }
  }

  #isNew(index: number): boolean {
    return this.#values[index] !== this.#taken[index];
  }

  /** Entries of a queue that is created begin with what they hold now. */
  restart(index: number): void {
    this.#taken[index] = this.#values[index] as number;
  }

  /** Reads a buffer that cannot be looked at; `take` comes next. */
  addRefresh(batch: DmaBatch<{ what: string }>): void {
    if (!this.#inPlace) batch.add(this, this.#shadow, this.#bytes, 0, this.#bytes.length, false);
  }

  /** Moves tails and heads to where the host has put them. Wrong values change nothing and become events. */
  take(): void {
    const { submission, completion } = this.#core.queues;
    for (let id = 1; id < submission.length; id++) {
      const queue = submission[id];
      const heads = completion[id];
      const moved = (queue && this.#isNew(2 * id)) || (heads?.starved && this.#isNew(2 * id + 1));
      if (!moved) continue;
      if (this.#inPlace) this.#unread[id] = 1;
      // Heads first: they make room for what the tails bring.
      if (heads) takeDoorbell(this.#core, heads, this.#takeValue(2 * id + 1));
      if (queue) takeDoorbell(this.#core, queue, this.#takeValue(2 * id));
    }
  }

  #takeValue(index: number): number {
    const value = this.#values[index] as number;
    this.#taken[index] = value;
    return value;
  }

  /** Reads over the bus what has been taken in place. */
  addReads(batch: DmaBatch<{ what: string }>): void {
    for (let id = 1; id < this.#unread.length; id++) {
      if (this.#unread[id] === 0) continue;
      this.#unread[id] = 0;
      const offset = id * PAIR;
      batch.add(this, this.#shadow + offset, this.#seen, offset, PAIR, false);
    }
  }

  /** The host shall write to a register for the next command, and for the next room that somebody waits for. */
  addEventIndexes(batch: DmaBatch<{ what: string }>): void {
    const { submission, completion } = this.#core.queues;
    for (let id = 1; id < submission.length; id++) {
      const queue = submission[id];
      const heads = completion[id];
      if (queue) this.#ask(batch, 2 * id, queue.tail);
      if (heads?.starved) this.#ask(batch, 2 * id + 1, heads.head);
    }
  }

  #ask(batch: DmaBatch<{ what: string }>, index: number, value: number): void {
    if (this.#asked[index] === value) return;
    this.#asked[index] = value;
    const offset = index * ENTRY;
    batch.add(this, this.#eventIndex + offset, this.#askedBytes, offset, ENTRY, true);
  }
}

/** What the host writes from now on has seen what was written to its memory before, or is seen by what is read next. */
export function orderDoorbells(): void {
  Atomics.store(fence, 0, 0);
}

function coherent(dma: DmaPort, address: number, length: number): Uint8Array | undefined {
  try {
    return dma.map(address, length);
  } catch (error) {
    if (error instanceof DmaFault) return undefined;
    throw error;
  }
}
