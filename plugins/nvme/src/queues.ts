import type { DmaBatch } from './dma-batch.ts';
import { CQ_ENTRY_SHIFT, CQ_ENTRY_SIZE } from './limits.ts';

/** Completions that wait for the end of a batch; more are not accepted before it. */
const STAGED_ENTRIES = 96;

/** A completion queue: the controller adds at the tail, the host frees at the head (NVMe 1.4 §4.1). */
export class CompletionQueue {
  readonly id: number;
  readonly address: number;
  /** Number of entries; one always stays free. */
  readonly size: number;
  readonly vector: number;
  /** IEN of Create I/O Completion Queue. */
  readonly interrupts: boolean;
  head = 0;
  tail = 0;
  /** Submission queues that complete here. */
  attached = 0;
  /** Entries promised to commands that are being carried out. */
  reserved = 0;
  /** Commands wait for room here: its head doorbell lets them go on. */
  starved = false;
  /** Completions of the last `collect`, until the host is told. */
  collected = 0;
  /** Completions since the last interrupt, while interrupts are coalesced. */
  unannounced = 0;

  #phase = 1;
  #staged = 0;
  #first = 0;
  readonly #bytes = new Uint8Array(STAGED_ENTRIES * CQ_ENTRY_SIZE);
  readonly #words = new Uint32Array(this.#bytes.buffer);

  constructor(id: number, address: number, size: number, vector: number, interrupts: boolean) {
    this.id = id;
    this.address = address;
    this.size = size;
    this.vector = vector;
    this.interrupts = interrupts;
  }

  /** Entries that the host has not freed yet. */
  get used(): number {
    const used = this.tail - this.head;
    return used < 0 ? used + this.size : used;
  }

  /** Completions that can be added or promised now. */
  get room(): number {
    return Math.min(this.size - 1 - this.used, STAGED_ENTRIES - this.#staged) - this.reserved;
  }

  /** Adds a completion (§4.6); it reaches the host with the next `collect` and DMA. */
  push(result: number, queue: SubmissionQueue, commandId: number, statusField: number): void {
    const word = this.#staged * 4;
    this.#words[word] = result;
    this.#words[word + 1] = 0;
    this.#words[word + 2] = queue.head | (queue.id << 16);
    this.#words[word + 3] = commandId | (this.#phase << 16) | (statusField << 16);
    if (this.#staged === 0) this.#first = this.tail;
    this.#staged++;
    this.tail++;
    if (this.tail === this.size) {
      this.tail = 0;
      this.#phase ^= 1;
    }
  }

  /** Hands the added completions to the batch, in two parts when the queue wraps. */
  collect(batch: DmaBatch<CompletionQueue>): void {
    const count = this.#staged;
    if (count === 0) return;
    const bytes = count << CQ_ENTRY_SHIFT;
    const straight = Math.min(count, this.size - this.#first) << CQ_ENTRY_SHIFT;
    batch.add(this, this.address + (this.#first << CQ_ENTRY_SHIFT), this.#bytes, 0, straight, true);
    if (straight < bytes) batch.add(this, this.address, this.#bytes, straight, bytes - straight, true);
    this.#staged = 0;
    this.collected = count;
  }
}

/** A submission queue: the host adds at the tail, the controller takes from the head (NVMe 1.4 §4.1). */
export class SubmissionQueue {
  /** For messages. */
  readonly what: string;
  readonly id: number;
  readonly address: number;
  readonly size: number;
  readonly completion: CompletionQueue;
  head = 0;
  tail = 0;
  /** False once the queue is deleted: commands already fetched end without a trace (§5.6). */
  live = true;

  constructor(id: number, address: number, size: number, completion: CompletionQueue) {
    this.what = `submission queue ${id}`;
    this.id = id;
    this.address = address;
    this.size = size;
    this.completion = completion;
  }

  /** Commands that wait in the queue. */
  get pending(): number {
    const pending = this.tail - this.head;
    return pending < 0 ? pending + this.size : pending;
  }

  /** Commands that can start: without room for its completion none does, the host's doorbell lets it go on (§4.1). */
  get startable(): number {
    const { pending, completion } = this;
    if (pending === 0) return 0;
    const { room } = completion;
    if (room >= pending) return pending;
    completion.starved = true;
    return Math.max(room, 0);
  }
}

/** All queues by identifier; 0 is the admin queue pair. */
export class QueueSet {
  readonly submission: (SubmissionQueue | null)[];
  readonly completion: (CompletionQueue | null)[];

  constructor(ioQueues: number) {
    this.submission = new Array(ioQueues + 1).fill(null);
    this.completion = new Array(ioQueues + 1).fill(null);
  }

  /** Largest I/O queue identifier. */
  get last(): number {
    return this.submission.length - 1;
  }

  addCompletion(queue: CompletionQueue): void {
    this.completion[queue.id] = queue;
  }

  addSubmission(queue: SubmissionQueue): void {
    this.submission[queue.id] = queue;
    queue.completion.attached++;
  }

  removeSubmission(queue: SubmissionQueue): void {
    queue.live = false;
    queue.completion.attached--;
    this.submission[queue.id] = null;
  }

  /** True when there is any queue besides the admin queues. */
  get anyIo(): boolean {
    return this.completion.some((queue, id) => id > 0 && queue !== null);
  }

  clear(): void {
    for (const queue of this.submission) if (queue) queue.live = false;
    this.submission.fill(null);
    this.completion.fill(null);
  }
}
