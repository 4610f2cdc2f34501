import type { DeviceMap } from '../device-map.ts';
import { TapConverter } from '../tap-converter.ts';
import { EVENT_BYTES } from '../tap-event.ts';
import { uapi } from '../uapi.ts';
import { access, dma, interrupt, START } from './analyze.ts';
import { type EventInit, tapBytes } from './events.ts';
import { command, createQueues, enable, nvmeMap, QUEUES, sqe } from './nvme-session.ts';

const { seq: SEQ, time_ns: TIME, request_seq: REQUEST } = uapi.structs.pciem_event.fields;
/** Entries of the I/O queue pair that `createQueues` makes. */
const ENTRIES = 8;
/** Nanoseconds from one command to the next. */
const PERIOD = 20_000;
const DATA = 0x1_0010_0000;

/** Records of a cycle, in this order. */
const Step = { submit: 0, fetch: 1, data: 2, complete: 3, interrupt: 4, consume: 5 } as const;

export interface TrafficOptions {
  /** Bytes that a command reads from the disk; 4096 when left out. */
  bytes?: number;
  /** Reads of CSTS by the driver after each command, which is what makes a capture of small TLPs; none when left out. */
  polls?: number;
}

/**
 * Raw tap records of an NVMe session without end: the controller is enabled, queues are created, then one read command
 * follows the other: doorbell, fetch, data, completion entry, interrupt, doorbell.
 */
export class NvmeTraffic {
  /** Records before the first command. */
  readonly setup: Uint8Array;
  /** Bytes of the records of one command. */
  readonly cycleBytes: number;
  /** Packets that a capture makes of one command, if no transfer is split. */
  readonly packetsPerCycle: number;
  readonly #cycle: Uint8Array;
  readonly #view: DataView;
  readonly #starts: number[] = [];
  #commands = 0;
  #seq: bigint;

  constructor({ bytes = 4096, polls = 0 }: TrafficOptions = {}) {
    const setup = [...enable(0), ...createQueues(1000)];
    this.setup = tapBytes(setup);
    this.#seq = BigInt(setup.length);
    const cycle = cycleOf(bytes, polls);
    let at = 0;
    for (const event of cycle) {
      this.#starts.push(at);
      at += tapBytes([event]).length;
    }
    this.cycleBytes = at;
    this.packetsPerCycle = cycle.length + 1 + polls;
    this.#cycle = tapBytes(cycle);
    this.#view = new DataView(this.#cycle.buffer);
    renumber(this.setup, 1n);
  }

  /** Commands written so far. */
  get commands(): number {
    return this.#commands;
  }

  /** Writes the records of the next command at `at`, where `cycleBytes` of room must be. */
  next(target: Uint8Array, at: number): void {
    const view = this.#view;
    const slot = this.#commands % ENTRIES;
    const start = START + BigInt(PERIOD) * BigInt(this.#commands + 1);
    for (const [step, from] of this.#starts.entries()) {
      this.#seq += 1n;
      view.setBigUint64(from + SEQ.offset, this.#seq, true);
      view.setBigUint64(from + TIME.offset, start + BigInt(step * 1000), true);
    }
    const of = (step: number) => (this.#starts[step] as number) + EVENT_BYTES;
    const addressOf = (step: number) => of(step) - EVENT_BYTES + uapi.structs.pciem_event.fields.address.offset;
    const identifier = this.#commands & 0xffff;
    view.setUint32(of(Step.submit), (slot + 1) % ENTRIES, true);
    view.setBigUint64(addressOf(Step.fetch), BigInt(QUEUES.sq + slot * 64), true);
    view.setUint16(of(Step.fetch) + 2, identifier, true);
    view.setUint32(of(Step.fetch) + 40, this.#commands * 8, true);
    view.setBigUint64(addressOf(Step.complete), BigInt(QUEUES.cq + slot * 16), true);
    view.setUint16(of(Step.complete) + 8, (slot + 1) % ENTRIES, true);
    view.setUint16(of(Step.complete) + 12, identifier, true);
    view.setUint16(of(Step.complete) + 14, 1 - (Math.floor(this.#commands / ENTRIES) & 1), true);
    view.setUint32(of(Step.consume), (slot + 1) % ENTRIES, true);
    target.set(this.#cycle, at);
    this.#commands++;
  }
}

/** Converts `commands` commands to a capture of about `commands * packetsPerCycle` packets; constant memory. */
export function writeTraffic(
  sink: (chunk: Uint8Array) => void,
  commands: number,
  options?: TrafficOptions,
  maps: readonly DeviceMap[] = [nvmeMap],
): void {
  const traffic = new NvmeTraffic(options);
  const converter = new TapConverter({ sink, maps, startTime: Number(START / 1_000_000n) });
  const push = (bytes: Uint8Array, length: number) => converter.push(bytes, new DataView(bytes.buffer), 0, length);
  push(traffic.setup, traffic.setup.length);
  const batch = Math.max(1, Math.floor((1 << 18) / traffic.cycleBytes));
  const bytes = new Uint8Array(batch * traffic.cycleBytes);
  while (traffic.commands < commands) {
    let at = 0;
    for (; at < bytes.length && traffic.commands < commands; at += traffic.cycleBytes) traffic.next(bytes, at);
    push(bytes, at);
  }
  converter.finish({ lost: 0, delivered: converter.delivered });
}

function cycleOf(bytes: number, polls: number): EventInit[] {
  const read = { opcode: 2, cid: 0, prp1: DATA, cdw12: Math.max(0, bytes / 512 - 1) };
  const [submit, fetch, complete] = command(1, 0, read, 0, 0) as [EventInit, EventInit, EventInit];
  return [
    submit,
    { ...fetch, data: sqe(read), latency: 500 },
    dma(
      'dmaWrite',
      DATA,
      Uint8Array.from({ length: bytes }, (_, index) => index),
      0,
    ),
    complete,
    interrupt(1, 0),
    access('memWrite', 0x100c, 0, 0),
    ...Array.from({ length: polls }, () => ({ ...access('memRead', 0x1c, 1, 0), latency: 200 })),
  ];
}

/** Numbers records from `first` on, and what refers to them. */
function renumber(records: Uint8Array, first: bigint): void {
  const view = new DataView(records.buffer);
  const shift = first - view.getBigUint64(SEQ.offset, true);
  for (let at = 0; at < records.length; at += view.getUint32(at, true)) {
    for (const { offset } of [SEQ, REQUEST]) {
      const number = view.getBigUint64(at + offset, true);
      if (number !== 0n) view.setBigUint64(at + offset, number + shift, true);
    }
  }
}
