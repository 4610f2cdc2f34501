import { Histogram } from '../histogram.ts';
import { opcodeName, statusName } from './names.ts';
import type { NvmeCommand, NvmeCommandRow, NvmeQueueRow } from './report.ts';

const MAX_ERRORS = 1000;
const IO_WITH_BLOCKS = new Set([0x01, 0x02, 0x04, 0x05, 0x08, 0x0c]);

/** A command that the device has fetched. Objects are reused. */
export class Command {
  queue = 0;
  cid = 0;
  opcode = 0;
  namespace = 0;
  lbaHi = 0;
  lbaLo = 0;
  blocks = 0;
  /** PRP Entry 1. */
  prp1 = 0;
  cdw10 = 0;
  cdw11 = 0;
  /** Frame and time of the doorbell (-1 for none) and of the fetch. */
  doorbellFrame = 0;
  doorbellTime = 0;
  frame = 0;
  time = 0;

  /** Reads a submission queue entry (NVM Express Base Specification, Common Command Format). */
  read(view: DataView, at: number): void {
    this.opcode = view.getUint8(at);
    this.cid = view.getUint16(at + 2, true);
    this.namespace = view.getUint32(at + 4, true);
    this.prp1 = view.getUint32(at + 28, true) * 0x1_0000_0000 + view.getUint32(at + 24, true);
    this.cdw10 = view.getUint32(at + 40, true);
    this.cdw11 = view.getUint32(at + 44, true);
    const withBlocks = this.queue !== 0 && IO_WITH_BLOCKS.has(this.opcode);
    this.lbaLo = withBlocks ? this.cdw10 : 0;
    this.lbaHi = withBlocks ? this.cdw11 : 0;
    this.blocks = withBlocks ? view.getUint16(at + 48, true) + 1 : 0;
  }

  get name(): string {
    return opcodeName(this.queue === 0, this.opcode);
  }
}

interface KindState {
  row: NvmeCommandRow;
  latency: Histogram;
  service: Histogram;
}

/** Adds up finished commands by kind. */
export class CommandKinds {
  /** By opcode, I/O commands 256 further. */
  readonly #kinds: (KindState | undefined)[] = [];
  readonly errors: NvmeCommand[] = [];

  fetched(command: Command): void {
    this.#kind(command).row.count++;
  }

  /** @param blockBytes bytes of a logical block, 0 if they are not known */
  completed(command: Command, status: number, time: number, blockBytes: number): void {
    const { row, latency, service } = this.#kind(command);
    row.completed++;
    if (status !== 0) row.errors++;
    row.blocks += command.blocks;
    row.bytes += command.blocks * blockBytes;
    if (command.doorbellTime >= 0) latency.add(time - command.doorbellTime, command.frame);
    service.add(time - command.time, command.frame);
  }

  error(command: NvmeCommand): void {
    if (this.errors.length < MAX_ERRORS) this.errors.push(command);
  }

  rows(): NvmeCommandRow[] {
    return this.#kinds.flatMap((kind) => {
      if (!kind) return [];
      const { row, latency, service } = kind;
      return [
        {
          ...row,
          ...(latency.count > 0 ? { latency: latency.summary() } : {}),
          ...(service.count > 0 ? { service: service.summary() } : {}),
        },
      ];
    });
  }

  histograms(): { name: string; latency: Histogram }[] {
    return this.#kinds.flatMap((kind) => (kind ? [{ name: kind.row.name, latency: kind.latency }] : []));
  }

  #kind(command: Command): KindState {
    const index = command.opcode + (command.queue === 0 ? 0 : 256);
    let kind = this.#kinds[index];
    if (!kind) {
      const { opcode, name, frame } = command;
      const queue = command.queue === 0 ? 'admin' : 'I/O';
      const counts = { count: 0, completed: 0, errors: 0, blocks: 0, bytes: 0 };
      const row: NvmeCommandRow = { queue, opcode, name, ...counts, firstFrame: frame };
      kind = { row, latency: new Histogram(), service: new Histogram() };
      this.#kinds[index] = kind;
    }
    return kind;
  }
}

/** How many commands of a queue are under way. */
export class QueueDepth {
  readonly row: NvmeQueueRow;
  depth = 0;
  #since = 0;
  #busy = 0;
  #area = 0;

  constructor(row: NvmeQueueRow) {
    this.row = row;
  }

  change(by: number, time: number, frame: number): void {
    if (this.depth > 0) {
      const elapsed = Math.max(0, time - this.#since);
      this.#busy += elapsed;
      this.#area += elapsed * this.depth;
    }
    this.#since = time;
    this.depth = Math.max(0, this.depth + by);
    if (this.depth <= this.row.maxDepth) return;
    this.row.maxDepth = this.depth;
    this.row.maxDepthFrame = frame;
  }

  finish(): NvmeQueueRow {
    return { ...this.row, avgDepth: this.#busy > 0 ? this.#area / this.#busy : 0 };
  }
}

/** A finished command for people and programs. */
export function commandRow(
  command: Command,
  fn: string,
  status: number,
  completionFrame: number,
  time: number,
): NvmeCommand {
  const { doorbellTime, doorbellFrame, frame, queue, cid, name, opcode, namespace, blocks } = command;
  return {
    doorbellFrame,
    frame,
    completionFrame,
    time: command.time,
    function: fn,
    queue,
    cid,
    name,
    opcode,
    namespace,
    lba: blocks > 0 ? ((BigInt(command.lbaHi) << 32n) | BigInt(command.lbaLo)).toString() : '',
    blocks,
    latency: doorbellTime >= 0 ? time - doorbellTime : -1,
    service: time - command.time,
    status: statusName(status),
  };
}
