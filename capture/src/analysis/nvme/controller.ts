import type { Frame, Transaction } from '../frame.ts';
import type { CapturedFunction } from '../functions.ts';
import { TimeSeries } from '../time-series.ts';
import { Command, CommandKinds, commandRow, QueueDepth } from './commands.ts';
import { SubmissionTimes } from './doorbells.ts';
import { IdentifiedFormats } from './formats.ts';
import { CQE_BYTES, PAGE_BYTES, type Queue, QueueMap, SQE_BYTES } from './queues.ts';
import type { NvmeCommand, NvmeQueueRow } from './report.ts';

// Controller properties (NVM Express Base Specification, 3.1.4), offsets in BAR 0.
const CAP = 0x00;
const CC = 0x14;
const AQA = 0x24;
const ASQ = 0x28;
const ACQ = 0x30;
const DOORBELLS = 0x1000;
const PROPERTY_BYTES = 0x40;

const OPCODE_DELETE_SQ = 0x00;
const OPCODE_CREATE_SQ = 0x01;
const OPCODE_DELETE_CQ = 0x04;
const OPCODE_CREATE_CQ = 0x05;
const OPCODE_DOORBELL_BUFFER = 0x7c;
/** Bytes of an entry of the shadow doorbell buffer, at the doorbell's offset with a stride of 4. */
const SHADOW_BYTES = 4;

/** One NVMe controller: its queues as the driver sets them up, and the commands in them. */
export class Controller {
  readonly kinds = new CommandKinds();
  /** I/O commands fetched and not completed, over time. */
  readonly ioDepth = new TimeSeries('max', 2048);
  unmatched = 0;
  cut = 0;
  readonly #fn: CapturedFunction;
  readonly #onCommand: ((command: NvmeCommand) => void) | undefined;
  readonly #properties = new DataView(new ArrayBuffer(PROPERTY_BYTES));
  readonly #queues = new QueueMap();
  readonly #times = new Map<Queue, SubmissionTimes>();
  readonly #depths = new Map<string, QueueDepth>();
  /** By queue and command identifier. */
  readonly #underWay = new Map<number, Command>();
  readonly #spare: Command[] = [];
  #io = 0;
  readonly #formats = new IdentifiedFormats();
  /** Bus address of the shadow doorbell buffer; -1 if there is none. */
  #shadow = -1;

  constructor(fn: CapturedFunction, onCommand: ((command: NvmeCommand) => void) | undefined) {
    this.#fn = fn;
    this.#onCommand = onCommand;
  }

  /** Data that the device fetches from memory or writes there; `frame.address` says where. */
  data(frame: Frame): void {
    if (frame.from === 'driver') {
      const queue = this.#queues.at('submission', frame.address);
      if (queue) this.#entries(frame, queue, SQE_BYTES);
      else if (this.#shadow >= 0) this.#shadowDoorbells(frame);
      return;
    }
    const queue = this.#queues.at('completion', frame.address);
    if (queue) this.#entries(frame, queue, CQE_BYTES);
    else this.#formats.data(frame);
  }

  /** An access of the driver to BAR 0. */
  access(transaction: Transaction): void {
    const { offset, dataBytes, data } = transaction;
    if (offset >= DOORBELLS) {
      if (transaction.write) this.#doorbell(transaction);
      return;
    }
    if (offset >= PROPERTY_BYTES || (!transaction.write && offset >= CAP + 8)) return;
    for (let i = 0; i < dataBytes && offset + i < PROPERTY_BYTES; i++) {
      this.#properties.setUint8(offset + i, data[i] as number);
    }
    if (transaction.write && offset <= CC && offset + dataBytes > CC)
      this.#enable((this.#properties.getUint8(CC) & 1) !== 0);
  }

  /** The function is reset or gone: what is under way never completes. */
  reset(): void {
    this.#queues.clear();
    this.#times.clear();
    this.#shadow = -1;
    for (const command of this.#underWay.values()) this.#spare.push(command);
    this.#underWay.clear();
    this.#io = 0;
    for (const depth of this.#depths.values()) depth.depth = 0;
  }

  /** Commands without completion, by name. */
  unfinished(): { name: string; count: number; firstFrame: number }[] {
    const names = new Map<string, { name: string; count: number; firstFrame: number }>();
    for (const { name, frame } of this.#underWay.values()) {
      const row = names.get(name) ?? { name, count: 0, firstFrame: frame };
      row.count++;
      names.set(name, row);
    }
    return [...names.values()];
  }

  queueRows(): NvmeQueueRow[] {
    return [...this.#depths.values()].map((depth) => depth.finish());
  }

  /** CC.EN: an enabled controller takes its admin queues from AQA, ASQ and ACQ. */
  #enable(enabled: boolean): void {
    if (!enabled) {
      this.reset();
      return;
    }
    if (this.#queues.get('submission', 0)) return;
    const sizes = this.#properties.getUint32(AQA, true);
    const address = (at: number) =>
      this.#properties.getUint32(at + 4, true) * 0x1_0000_0000 + this.#properties.getUint32(at, true);
    this.#queues.add({ kind: 'submission', id: 0, base: address(ASQ), size: (sizes & 0xfff) + 1, target: 0 });
    this.#queues.add({ kind: 'completion', id: 0, base: address(ACQ), size: ((sizes >> 16) & 0xfff) + 1, target: 0 });
  }

  #doorbell({ offset, data, dataBytes, time, requestFrame }: Transaction): void {
    // CAP.DSTRD: the doorbells are 4 << DSTRD bytes apart; submission tail and completion head take turns.
    const stride = 4 << (this.#properties.getUint8(CAP + 4) & 0xf);
    const index = (offset - DOORBELLS) / stride;
    if (index % 2 !== 0 || dataBytes < 2) return;
    const queue = this.#queues.get('submission', index / 2);
    if (queue) this.#timesOf(queue).ring((data[0] as number) | ((data[1] as number) << 8), time, requestFrame);
  }

  /** The device reads shadow doorbells: the driver has put them there before that. Those of admin queues are not used. */
  #shadowDoorbells({ address, view, dataAt, dataKept, time, number }: Frame): void {
    const offset = address - this.#shadow;
    const pageBytes = PAGE_BYTES << ((this.#properties.getUint32(CC, true) >>> 7) & 0xf);
    if (offset < 0 || offset >= pageBytes || offset % SHADOW_BYTES !== 0) return;
    for (let at = 0; at + SHADOW_BYTES <= dataKept; at += SHADOW_BYTES) {
      const index = (offset + at) / SHADOW_BYTES;
      if (index < 2 || index % 2 !== 0) continue;
      const queue = this.#queues.get('submission', index / 2);
      if (queue) this.#timesOf(queue).ring(view.getUint16(dataAt + at, true), time, number);
    }
  }

  #timesOf(queue: Queue): SubmissionTimes {
    let times = this.#times.get(queue);
    if (!times) {
      times = new SubmissionTimes(queue);
      this.#times.set(queue, times);
    }
    return times;
  }

  /** Reads the whole entries in a packet's data. */
  #entries(frame: Frame, queue: Queue, entryBytes: number): void {
    const first = (queue.base - frame.address) % entryBytes;
    for (let at = first < 0 ? first + entryBytes : first; at + entryBytes <= frame.dataBytes; at += entryBytes) {
      const address = frame.address + at;
      if (address >= queue.base + queue.size * entryBytes) return;
      if (at + entryBytes > frame.dataKept) this.cut++;
      else if (queue.kind === 'submission')
        this.#submission(frame, queue, frame.dataAt + at, (address - queue.base) / SQE_BYTES);
      else this.#completion(frame, frame.dataAt + at);
    }
  }

  #submission(frame: Frame, queue: Queue, at: number, entry: number): void {
    const cid = frame.view.getUint16(at + 2, true);
    const key = queue.id * 0x10000 + cid;
    const depth = this.#depth(queue, frame.number);
    let command = this.#underWay.get(key);
    // Its completion was lost.
    if (command) this.#changeDepth(depth, -1, frame);
    else command = this.#spare.pop() ?? new Command();
    const times = this.#timesOf(queue);
    command.queue = queue.id;
    command.read(frame.view, at);
    command.frame = frame.number;
    command.time = frame.time;
    command.doorbellTime = times.timeOf(entry);
    command.doorbellFrame = command.doorbellTime < 0 ? 0 : times.frameOf(entry);
    times.taken(entry);
    this.#underWay.set(key, command);
    this.#formats.fetched(command);
    depth.row.commands++;
    this.#changeDepth(depth, 1, frame);
    this.kinds.fetched(command);
  }

  #completion(frame: Frame, at: number): void {
    const { view } = frame;
    const sqid = view.getUint16(at + 10, true);
    const key = sqid * 0x10000 + view.getUint16(at + 12, true);
    // Without phase tag, More and Do Not Retry: type and code.
    const status = (view.getUint16(at + 14, true) >> 1) & 0x7ff;
    const command = this.#underWay.get(key);
    if (!command) {
      this.unmatched++;
      return;
    }
    this.#underWay.delete(key);
    this.kinds.completed(command, status, frame.time, this.#formats.blockBytes(command.namespace));
    this.#formats.completed(command, status);
    this.#account(command, status, frame);
    if (command.queue === 0 && status === 0) this.#queueCommand(command);
    this.#spare.push(command);
  }

  #account(command: Command, status: number, frame: Frame): void {
    const depth = this.#depths.get(depthKey(this.#queues.get('submission', command.queue), command.queue));
    if (depth) {
      depth.row.completed++;
      if (status !== 0) depth.row.errors++;
      this.#changeDepth(depth, -1, frame);
    }
    if (status === 0 && !this.#onCommand) return;
    const row = commandRow(command, this.#fn.address, status, frame.number, frame.time);
    if (status !== 0) this.kinds.error(row);
    this.#onCommand?.(row);
  }

  #changeDepth(depth: QueueDepth, by: number, { time, number }: Frame): void {
    depth.change(by, time, number);
    if (depth.row.id === 0) return;
    this.#io = Math.max(0, this.#io + by);
    this.ioDepth.add(time, this.#io);
  }

  /** Admin commands that make and delete queues (only physically contiguous ones count), or move doorbells into memory. */
  #queueCommand({ opcode, prp1, cdw10, cdw11 }: Command): void {
    const id = cdw10 & 0xffff;
    const size = (cdw10 >>> 16) + 1;
    const contiguous = (cdw11 & 1) !== 0;
    if (opcode === OPCODE_CREATE_SQ && contiguous) {
      this.#queues.add({ kind: 'submission', id, base: prp1, size, target: cdw11 >>> 16 });
    } else if (opcode === OPCODE_CREATE_CQ && contiguous) {
      const interrupts = (cdw11 & 2) !== 0;
      this.#queues.add({ kind: 'completion', id, base: prp1, size, target: interrupts ? cdw11 >>> 16 : -1 });
    } else if (opcode === OPCODE_DELETE_SQ) {
      const queue = this.#queues.get('submission', id);
      if (queue) this.#times.delete(queue);
      this.#queues.remove('submission', id);
    } else if (opcode === OPCODE_DELETE_CQ) {
      this.#queues.remove('completion', id);
    } else if (opcode === OPCODE_DOORBELL_BUFFER) {
      this.#shadow = prp1;
    }
  }

  /** A queue that is made again at another place is another row. */
  #depth(queue: Queue, frame: number): QueueDepth {
    const key = depthKey(queue, queue.id);
    let depth = this.#depths.get(key);
    if (!depth) {
      const { id, size, base, target } = queue;
      depth = new QueueDepth({
        function: this.#fn.address,
        id,
        size,
        base,
        completionQueue: target,
        vector: this.#queues.get('completion', target)?.target ?? -1,
        commands: 0,
        completed: 0,
        errors: 0,
        maxDepth: 0,
        maxDepthFrame: 0,
        avgDepth: 0,
        firstFrame: frame,
      });
      this.#depths.set(key, depth);
    }
    return depth;
  }
}

function depthKey(queue: Queue | undefined, id: number): string {
  return `${id} ${queue?.base}`;
}
