import { type DmaOp, DmaStatus } from '@pciem/sdk';
import { executeAdmin } from './admin/dispatch.ts';
import { Command } from './command.ts';
import type { Core } from './core.ts';
import { DmaBatch } from './dma-batch.ts';
import { orderDoorbells } from './doorbell-buffer.ts';
import { Gathering } from './gathering.ts';
import { executeIo } from './io/dispatch.ts';
import { SQ_ENTRY_SHIFT, SQ_ENTRY_SIZE } from './limits.ts';
import type { CompletionQueue, SubmissionQueue } from './queues.ts';
import { Status, statusField } from './status.ts';
import { Transfers } from './transfers.ts';

/** Commands carried out together. */
const BATCH = 64;
/** After so many batches or milliseconds other events get their turn, such as doorbells that have been written. */
const BATCHES_PER_TURN = 16;
const TURN = 1;

/**
 * Carries out commands in batches: entries of all queues are fetched in one DMA call, their data
 * moves in one, their completions in one, and then each completion queue interrupts once.
 * Queues take turns (round robin arbitration, NVMe 1.4 §4.13.1); the admin queue comes first.
 */
export class Engine {
  /** Off until the controller is ready, and after a shutdown or a fatal error. */
  active = false;

  readonly #core: Core;
  readonly #onFatal: (reason: string) => void;
  readonly #gathering = new Gathering();
  readonly #commands: Command[] = [];
  /** The entries fetched, one for each slot. */
  readonly #entries = new Uint8Array(BATCH * SQ_ENTRY_SIZE);
  readonly #transfers: Transfers;
  readonly #fetches: DmaBatch<{ what: string }>;
  readonly #eventIndexes: DmaBatch<{ what: string }>;
  readonly #completions: DmaBatch<CompletionQueue>;
  /** How many of the fetched commands are admin commands; those come first. */
  #adminCount = 0;
  /** The queue whose turn it is. */
  #turn = 1;
  #running = false;

  /** `onFatal`: queue memory cannot be reached, so the controller cannot go on. */
  constructor(core: Core, onFatal: (reason: string) => void) {
    this.#core = core;
    this.#onFatal = onFatal;
    const words = new Uint32Array(this.#entries.buffer);
    for (let slot = 0; slot < BATCH; slot++) this.#commands.push(new Command(words, slot));
    const { dma } = core.ports;
    this.#transfers = new Transfers(dma);
    this.#fetches = new DmaBatch(dma, ({ what }, op) => this.#fault(`fetch from ${what}`, op));
    this.#eventIndexes = new DmaBatch(dma, (_, op) => this.#fault('write of an event index', op));
    this.#completions = new DmaBatch(dma, (queue, op) => this.#fault(`completion to queue ${queue.id}`, op));
  }

  #fault(what: string, op: DmaOp): void {
    // The function has left the bus or is being reset: nobody is there to be told.
    if (op.status === DmaStatus.GONE) {
      this.active = false;
      return;
    }
    this.#onFatal(`${what}: DMA at 0x${op.address.toString(16)} was refused (status ${op.status})`);
  }

  /** When `pending`: carries out what the queues hold, or as much of it as one turn takes: then it is `pending` again. */
  run(): void {
    if (this.#running || !this.active) return;
    this.#running = true;
    const start = performance.now();
    let elapsed = 0;
    try {
      let more = true;
      for (let i = 0; more && i < BATCHES_PER_TURN && elapsed < TURN; i++) {
        more = this.#batch();
        const before = elapsed;
        elapsed = performance.now() - start;
        this.#gathering.done(elapsed - before);
        more &&= this.pending;
      }
    } finally {
      this.#running = false;
      this.#core.health.busy += elapsed;
    }
    this.deliverEvents();
  }

  /** Whether commands wait that it is time to carry out. */
  get pending(): boolean {
    if (!this.active) return false;
    const { queues, doorbellBuffer } = this.#core;
    doorbellBuffer?.take();
    const { submission } = queues;
    let count = 0;
    for (let id = 0; id < submission.length; id++) {
      const queue = submission[id];
      const startable = queue?.startable ?? 0;
      // What the admin queue asks for is not to be held up.
      if (startable > 0 && id === 0) return true;
      count += startable;
    }
    return count > 0 && this.#gathering.isEnough(count);
  }

  /** Has the host write to a register for whatever it has next. */
  idle(): void {
    this.#gathering.release();
    const { doorbellBuffer } = this.#core;
    if (!this.active || !doorbellBuffer) return;
    doorbellBuffer.addEventIndexes(this.#eventIndexes);
    this.#eventIndexes.run();
    orderDoorbells();
    this.rung();
  }

  /** The host has written to a doorbell. */
  rung(): void {
    if (!this.active) return;
    this.#core.doorbellBuffer?.addRefresh(this.#fetches);
    this.#fetches.run();
  }

  /** Completes Asynchronous Event Requests for pending events, if the admin completion queue has room. */
  deliverEvents(): void {
    if (this.#running || !this.active) return;
    if (this.#core.events.deliver()) this.#post();
  }

  /** For AsyncEvents: within a batch the room in the queue is promised to its commands. */
  completeEvent(commandId: number, dword0: number): boolean {
    const admin = this.#core.queues.submission[0];
    if (this.#running || !this.active || !admin || admin.completion.room <= 0) return false;
    admin.completion.push(dword0, admin, commandId, 0);
    return true;
  }

  /** False when there was nothing to do. */
  #batch(): boolean {
    const count = this.#fetch();
    if (count === 0 || !this.active) return false;
    for (let i = 0; i < this.#adminCount; i++) {
      executeAdmin(this.#core, this.#commands[i] as Command, this.#transfers);
    }
    executeIo(this.#core, this.#commands, this.#adminCount, count, this.#transfers);
    for (let i = 0; i < count; i++) this.#complete(this.#commands[i] as Command);
    this.#post();
    return this.active;
  }

  #fetch(): number {
    this.#core.doorbellBuffer?.addReads(this.#fetches);
    const { submission } = this.#core.queues;
    let count = this.#take(submission[0] ?? null, 0);
    this.#adminCount = count;
    const last = submission.length - 1;
    let queue = this.#turn;
    for (let i = 0; i < last && count < BATCH; i++) {
      queue = queue >= last ? 1 : queue + 1;
      const taken = this.#take(submission[queue] ?? null, count);
      if (taken > 0) this.#turn = queue;
      count += taken;
    }
    this.#gathering.fetched(count);
    this.#fetches.run();
    for (let i = 0; i < count; i++) (this.#commands[i] as Command).load();
    return count;
  }

  /** Takes commands from a queue into the slots from `slot` on, as many as it may launch now. */
  #take(queue: SubmissionQueue | null, slot: number): number {
    if (queue === null || queue.head === queue.tail) return 0;
    const count = Math.min(queue.startable, this.#core.burst, BATCH - slot);
    if (count === 0) return 0;
    queue.completion.reserved += count;
    const offset = slot << SQ_ENTRY_SHIFT;
    const bytes = count << SQ_ENTRY_SHIFT;
    const straight = Math.min(count, queue.size - queue.head) << SQ_ENTRY_SHIFT;
    const address = queue.address + (queue.head << SQ_ENTRY_SHIFT);
    this.#fetches.add(queue, address, this.#entries, offset, straight, false);
    if (straight < bytes) {
      this.#fetches.add(queue, queue.address, this.#entries, offset + straight, bytes - straight, false);
    }
    queue.head = (queue.head + count) % queue.size;
    for (let i = slot; i < slot + count; i++) (this.#commands[i] as Command).queue = queue;
    return count;
  }

  #complete(command: Command): void {
    const { queue } = command;
    queue.completion.reserved--;
    if (!command.completes || !queue.live) return;
    if (command.status !== Status.Success) this.#core.errors.add(command);
    queue.completion.push(command.result, queue, command.id, statusField(command.status, true));
  }

  /** Writes completions to host memory, then tells the host. */
  #post(): void {
    const { completion } = this.#core.queues;
    for (const queue of completion) queue?.collect(this.#completions);
    this.#completions.run();
    if (!this.active) return;
    for (const queue of completion) if (queue) this.#core.interrupts.notify(queue);
  }
}
