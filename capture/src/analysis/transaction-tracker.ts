import { NO_SPACE, RecordFlag, RecordKind } from '../record.ts';
import { enabledBytes, firstEnabledByte } from '../tlp/byte-enables.ts';
import { FmtType, FOUR_DW, hasData, isAtomic, isIo, isNonPosted, Layout, layoutOf } from '../tlp/fmt-type.ts';
import { CplStatus } from '../tlp/header.ts';
import { type Frame, KEPT_BYTES, Transaction } from './frame.ts';
import type { CapturedFunction } from './functions.ts';

const TAGS = 1024;
/** Requesters with tags of their own; a capture has a root complex and up to 8 functions for each endpoint. */
const MAX_REQUESTERS = 512;
const LATENCY_MAX = 0xffff_ffff;

/** What the tracker finds. */
export interface TrackerHandler {
  done(transaction: Transaction): void;
  /** A completion or timeout whose request is not in the file, or is not outstanding any more. */
  unexpected(): void;
  /** The tag of `transaction` is used again while it is outstanding. */
  reused(transaction: Transaction): void;
}

/** Finds the request of each completion (docs/capture-format.md, "Finding a completion's request"). */
export class TransactionTracker {
  readonly #handler: TrackerHandler;
  readonly #slots = new Map<number, (Transaction | undefined)[]>();
  #posted: Transaction | undefined;
  #lastKey = -1;
  #lastSlots: (Transaction | undefined)[] = [];

  constructor(handler: TrackerHandler) {
    this.#handler = handler;
  }

  /** Fills in the frame's data, address and transaction from its TLP, whose payload starts at byte `payloadAt`. */
  locate(frame: Frame, payloadAt: number): void {
    const { header } = frame;
    frame.address = -1;
    frame.transaction = undefined;
    frame.dataAt = payloadAt;
    frame.dataBytes = 0;
    frame.dataKept = 0;
    const layout = layoutOf(header.fmtType);
    if (layout === Layout.completion) {
      frame.transaction = this.#requestOf(frame, header.requester, header.tag);
      this.#locateCompletion(frame, payloadAt);
    } else if (layout === Layout.address || layout === Layout.config) {
      const lead = isAtomic(header.fmtType) ? 0 : firstEnabledByte(header.firstBe);
      if (layout === Layout.address) {
        frame.address = header.addressHi * 0x1_0000_0000 + ((header.addressLo & ~3) >>> 0) + lead;
      }
      if (isAtomic(header.fmtType)) this.#cut(frame, payloadAt, 0, header.length * 4);
      else if (hasData(header.fmtType)) this.#cut(frame, payloadAt, lead, requestBytes(frame));
    }
  }

  /** Follows the frame's request or completion, after the analyses have seen the frame. */
  follow(frame: Frame): void {
    const { fmtType } = frame.header;
    if (isNonPosted(fmtType)) this.#request(frame);
    else if (layoutOf(fmtType) === Layout.address) this.#postedRequest(frame);
    else if (layoutOf(fmtType) === Layout.completion) this.#completion(frame);
  }

  /** A completion timeout record: finds its request. */
  locateTimeout(frame: Frame): void {
    frame.transaction =
      frame.bodyBytes < 4
        ? undefined
        : this.#requestOf(frame, frame.view.getUint16(frame.bodyAt), frame.view.getUint16(frame.bodyAt + 2));
  }

  /** A completion timeout record: its request is over. */
  timeout(frame: Frame): void {
    const { transaction } = frame;
    if (!transaction) {
      this.#handler.unexpected();
      return;
    }
    transaction.timedOut = true;
    transaction.dataBytes = 0;
    this.#completed(transaction, frame);
    this.#end(transaction);
  }

  /** Requests that are still outstanding. */
  *outstanding(): Generator<Transaction> {
    for (const slots of this.#slots.values()) {
      for (const transaction of slots) if (transaction?.outstanding) yield transaction;
    }
  }

  #locateCompletion(frame: Frame, payloadAt: number): void {
    const { header, transaction } = frame;
    if (!hasData(header.fmtType)) return;
    if (transaction && hasLanes(transaction)) {
      this.#cut(frame, payloadAt, transaction.offset & 3, transaction.size);
      frame.address = transaction.address;
      return;
    }
    const lead = header.lowerAddress & 3;
    this.#cut(frame, payloadAt, lead, Math.min(header.byteCount, frame.payloadBytes - lead));
    if (transaction) frame.address = transaction.address + transaction.done;
  }

  /** The frame's data are `bytes` bytes, `lead` bytes into the payload. */
  #cut(frame: Frame, payloadAt: number, lead: number, bytes: number): void {
    frame.dataAt = payloadAt + lead;
    frame.dataBytes = Math.max(0, Math.min(bytes, frame.payloadBytes - lead));
    frame.dataKept = Math.max(0, Math.min(frame.dataBytes, frame.bodyAt + frame.bodyBytes - frame.dataAt));
  }

  #requestOf(frame: Frame, requester: number, tag: number): Transaction | undefined {
    const found = this.#slotsOf(frame.record.domain, requester)?.[tag & (TAGS - 1)];
    if (!found?.outstanding) return undefined;
    // After a loss the tag may belong to a later request.
    const { requestHi, requestLo } = frame.record;
    const sameEvent = found.seqHi === requestHi && found.seqLo === requestLo;
    return sameEvent || (requestHi === 0 && requestLo === 0) ? found : undefined;
  }

  #slotsOf(domain: number, requester: number): (Transaction | undefined)[] | undefined {
    const key = domain * 0x10000 + requester;
    if (key === this.#lastKey) return this.#lastSlots;
    let slots = this.#slots.get(key);
    if (!slots) {
      if (this.#slots.size >= MAX_REQUESTERS) return undefined;
      slots = new Array<Transaction | undefined>(TAGS).fill(undefined);
      this.#slots.set(key, slots);
    }
    this.#lastKey = key;
    this.#lastSlots = slots;
    return slots;
  }

  #request(frame: Frame): void {
    const { header, record } = frame;
    const slots = this.#slotsOf(record.domain, header.requester);
    if (!slots) return;
    let transaction = slots[header.tag];
    if (transaction?.outstanding) this.#handler.reused(transaction);
    if (!transaction) {
      transaction = new Transaction(frame.fn);
      slots[header.tag] = transaction;
    }
    start(transaction, frame);
    transaction.posted = false;
    transaction.outstanding = true;
  }

  #postedRequest(frame: Frame): void {
    this.#posted ??= new Transaction(frame.fn);
    start(this.#posted, frame);
    this.#posted.posted = true;
    this.#handler.done(this.#posted);
  }

  #completion(frame: Frame): void {
    const { header, transaction } = frame;
    if (!transaction) {
      this.#handler.unexpected();
      return;
    }
    if (!transaction.write) keep(transaction, frame, transaction.done);
    this.#completed(transaction, frame);
    transaction.done += frame.dataBytes;
    transaction.status = header.status;
    const more = header.status === CplStatus.SC && frame.dataBytes > 0 && header.byteCount > frame.dataBytes;
    if (!more || hasLanes(transaction) || isAtomic(transaction.fmtType)) this.#end(transaction);
  }

  #completed(transaction: Transaction, frame: Frame): void {
    const { latency } = frame.record;
    const elapsed = latency < LATENCY_MAX ? latency : frame.time - transaction.time;
    if (transaction.firstFrame === 0) {
      transaction.firstFrame = frame.number;
      transaction.latency = elapsed;
    }
    transaction.lastFrame = frame.number;
    transaction.response = elapsed;
  }

  #end(transaction: Transaction): void {
    transaction.outstanding = false;
    learnConfig(transaction.fn, transaction);
    this.#handler.done(transaction);
  }
}

function start(transaction: Transaction, frame: Frame): void {
  const { header, record } = frame;
  transaction.fn = frame.fn;
  transaction.fmtType = header.fmtType;
  transaction.name = frame.name;
  transaction.from = frame.from === 'device' ? 'device' : 'driver';
  transaction.write = hasData(header.fmtType) && !isAtomic(header.fmtType);
  transaction.requestFrame = frame.number;
  transaction.firstFrame = 0;
  transaction.lastFrame = frame.number;
  transaction.time = frame.time;
  transaction.latency = 0;
  transaction.response = 0;
  transaction.seqHi = record.seqHi;
  transaction.seqLo = record.seqLo;
  transaction.flags = record.flags;
  transaction.space = record.space;
  transaction.offset = record.offsetHi * 0x1_0000_0000 + record.offsetLo;
  transaction.address = frame.address;
  transaction.caller = callerOf(frame);
  transaction.size = requestBytes(frame);
  transaction.done = 0;
  transaction.status = CplStatus.SC;
  transaction.timedOut = false;
  transaction.dataBytes = 0;
  if (transaction.write) keep(transaction, frame, 0);
}

/** Of interrupt messages the detail is something else. */
function callerOf({ record: { detail }, from, fn }: Frame): string {
  return detail === 0 || from !== 'driver' ? '' : (fn.callers.get(detail) ?? '');
}

/**
 * Whether the data of the completion are in the byte lanes of the request, and its byte count and lower address say
 * nothing: configuration and I/O (PCIe 6.0 2.2.9.1). The offset has the lanes too: such a BAR is aligned.
 */
function hasLanes({ address, fmtType }: Transaction): boolean {
  return address < 0 || isIo(fmtType);
}

/** Bytes that a request writes or asks for; of an AtomicOp the size of what it works on. */
function requestBytes({ header }: Frame): number {
  if ((header.fmtType & ~FOUR_DW) === FmtType.CAS) return header.length * 2;
  if (isAtomic(header.fmtType)) return header.length * 4;
  // A zero-length access.
  if (header.firstBe === 0 && header.lastBe === 0) return 0;
  return enabledBytes(header.firstBe, header.lastBe, header.length);
}

/** Copies the frame's data to byte `at` of the transaction's. */
function keep(transaction: Transaction, frame: Frame, at: number): void {
  const { bytes, dataAt } = frame;
  const count = Math.min(frame.dataKept, KEPT_BYTES - at);
  if (at !== transaction.dataBytes || count <= 0) return;
  for (let i = 0; i < count; i++) transaction.data[at + i] = bytes[dataAt + i] as number;
  transaction.dataBytes = at + count;
}

function learnConfig(fn: CapturedFunction, transaction: Transaction): void {
  if (transaction.address >= 0 || transaction.write || transaction.status !== CplStatus.SC) return;
  if (transaction.space === NO_SPACE) return;
  fn.registers.configRead(transaction.offset, transaction.data, transaction.dataBytes);
}

/** Whether a record is one that `locateTimeout` and `timeout` understand. */
export function isTimeout(frame: Frame): boolean {
  return frame.record.kind === RecordKind.timeout;
}

/** Whether no BAR claims the address of a transaction. */
export function isUnclaimed({ flags }: Transaction): boolean {
  return (flags & RecordFlag.unclaimed) !== 0;
}
