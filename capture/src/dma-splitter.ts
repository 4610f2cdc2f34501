import { AtomicOp } from './atomic-op.ts';
import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { atCompletion, atRequest } from './event-time.ts';
import { type LinkLimits, ROOT_COMPLEX_ID } from './link.ts';
import { MemoryPackets } from './memory-packets.ts';
import { Direction, NO_SPACE, RecordFlag } from './record.ts';
import type { TapEvent } from './tap-event.ts';
import { FmtType } from './tlp/fmt-type.ts';
import { CplStatus } from './tlp/header.ts';
import { nextRequest } from './tlp/split.ts';

/** Requests outstanding at a time, so that rotating 8-bit tags are never reused before they are free. */
const MAX_OUTSTANDING = 128;

/** Codes of the messages for INTA; the other lines follow (PCIe 5.0 table 2-20). */
const ASSERT_INTA = 0x20;
const DEASSERT_INTA = 0x24;
/** Terminate at the receiver. */
const LOCAL_ROUTING = 4;

/** What the function does to memory: it is the requester, the root complex the completer. */
export class DmaSplitter {
  readonly #writer: CaptureWriter;
  readonly #memory: MemoryPackets;
  readonly #atomic: AtomicOp;
  readonly #limits: LinkLimits;
  /** Next tag of each interface's function. */
  readonly #tags: Uint8Array;

  constructor(writer: CaptureWriter, limits: LinkLimits) {
    this.#writer = writer;
    this.#memory = new MemoryPackets(writer, limits.mps);
    this.#atomic = new AtomicOp(writer);
    this.#limits = limits;
    this.#tags = new Uint8Array(writer.functions.length);
  }

  write(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    this.#writer.record.space = NO_SPACE;
    let done = 0;
    do {
      const size = nextRequest(event.addressLo + done, event.dataLength - done, this.#limits.mps);
      this.#memory.request(fn, event, bytes, FmtType.MWr, fn.id, 0, done, size);
      done += size;
    } while (done < event.dataLength);
  }

  /** Requests first, then their completions: as a device does that has several reads in flight. */
  read(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    this.#writer.record.space = NO_SPACE;
    let done = 0;
    do {
      const firstTag = this.#tags[fn.interfaceId] as number;
      const end = this.#requests(fn, event, bytes, done);
      this.#completions(fn, event, bytes, done, end, firstTag);
      done = end;
    } while (done < event.dataLength);
  }

  /** FetchAdd, Swap or CAS. */
  atomic(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    this.#atomic.write(fn, event, bytes, this.#takeTag(fn));
  }

  /** An MSI or MSI-X message is a memory write of one DW (PCIe 5.0 6.1.4). */
  interrupt(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { record } = this.#writer;
    record.space = NO_SPACE;
    record.flags |= RecordFlag.interrupt;
    record.detail = event.vector;
    this.#memory.request(fn, event, bytes, FmtType.MWr, fn.id, 0, 0, event.dataLength);
  }

  /** Assert_INTx or Deassert_INTx: a message to the link partner, with function number 0 (PCIe 5.0 2.2.8.1). */
  line(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { header, record } = this.#writer;
    record.space = NO_SPACE;
    record.direction = Direction.upstream;
    header.fmtType = FmtType.Msg + LOCAL_ROUTING;
    header.length = 0;
    header.requester = fn.id & ~7;
    header.tag = 0;
    header.messageCode = (event.vector === 0 ? DEASSERT_INTA : ASSERT_INTA) + (event.tag & 3);
    header.messageHi = 0;
    header.messageLo = 0;
    this.#writer.tlp(fn, bytes, 0, 0, 0, 0);
  }

  /** Writes requests from byte `from` on, up to the limit; returns the byte after them. */
  #requests(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, from: number): number {
    atRequest(this.#writer.record, event);
    let done = from;
    let outstanding = 0;
    do {
      const size = nextRequest(event.addressLo + done, event.dataLength - done, this.#limits.mrrs);
      this.#memory.request(fn, event, bytes, FmtType.MRd, fn.id, this.#takeTag(fn), done, size);
      done += size;
    } while (done < event.dataLength && ++outstanding < MAX_OUTSTANDING);
    return done;
  }

  #completions(
    fn: CaptureFunction,
    event: TapEvent,
    bytes: Uint8Array,
    from: number,
    to: number,
    firstTag: number,
  ): void {
    atCompletion(this.#writer.record, event);
    let done = from;
    let tag = firstTag;
    do {
      const size = nextRequest(event.addressLo + done, event.dataLength - done, this.#limits.mrrs);
      this.#memory.completions(
        fn,
        event,
        bytes,
        fn.id,
        ROOT_COMPLEX_ID,
        tag,
        done,
        size,
        CplStatus.SC,
        this.#limits.rcb,
      );
      tag = (tag + 1) & 0xff;
      done += size;
    } while (done < to);
  }

  #takeTag(fn: CaptureFunction): number {
    const tag = this.#tags[fn.interfaceId] as number;
    this.#tags[fn.interfaceId] = tag + 1;
    return tag;
  }
}
