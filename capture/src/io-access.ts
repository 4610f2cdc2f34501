import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { completionStatus, secondTag } from './driver-access.ts';
import { atCompletion, atRequest, ofRequest } from './event-time.ts';
import { ROOT_COMPLEX_ID } from './link.ts';
import { noteTimeout } from './notes.ts';
import { Direction, RecordFlag } from './record.ts';
import { EventFlag, EventKind, type TapEvent } from './tap-event.ts';
import { firstByteEnables } from './tlp/byte-enables.ts';
import { FmtType } from './tlp/fmt-type.ts';
import { CplStatus } from './tlp/header.ts';

/** Bit of the tag that tells the third request of an access from the others. */
const THIRD_TAG = 0x100;

/** What the driver does to BARs in I/O space: requests of one DW, each of them completed (PCIe 6.0 2.2.7.1, 2.3.2). */
export class IoAccess {
  readonly #writer: CaptureWriter;

  constructor(writer: CaptureWriter) {
    this.#writer = writer;
  }

  /** MEM_READ and MEM_WRITE with PCIEM_EVENT_IO: requests, and completions as far as the event holds them. */
  request(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { record } = this.#writer;
    const write = event.kind === EventKind.memWrite;
    record.flags |= RecordFlag.io;
    if (!write && !(event.flags & (EventFlag.forwarded | EventFlag.unclaimed))) record.flags |= RecordFlag.plain;
    atRequest(record, event);
    for (let done = 0, part = 0; part === 0 || done < event.dataLength; part++) {
      done += this.#request(fn, event, bytes, part, done);
    }
    if (!write && !(event.flags & EventFlag.completed)) return;
    atCompletion(record, event);
    this.#completions(fn, event, bytes);
  }

  /** MEM_COMPLETION with PCIEM_EVENT_IO. */
  completion(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    this.#writer.record.flags |= RecordFlag.io;
    ofRequest(this.#writer.record, event);
    this.#completions(fn, event, bytes);
  }

  /** Writes the request for the DW `done` bytes into the access; returns how many bytes are in it. */
  #request(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, part: number, done: number): number {
    const { header, record } = this.#writer;
    const address = event.addressLo + done;
    const size = dwordSize(event, done);
    header.fmtType = event.kind === EventKind.memWrite ? FmtType.IOWr : FmtType.IORd;
    header.length = 1;
    header.requester = ROOT_COMPLEX_ID;
    header.tag = tagOf(event.tag, part);
    header.firstBe = firstByteEnables(address, size);
    header.lastBe = 0;
    header.addressHi = 0;
    header.addressLo = address >>> 0;
    record.direction = Direction.downstream;
    record.offsetLo = event.offsetLo + done;
    this.#writer.tlp(fn, bytes, event.dataAt + done, address & 3, size, keptOf(event, done, size));
    return size;
  }

  #completions(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    for (let done = 0, part = 0; part === 0 || done < event.dataLength; part++) {
      const size = dwordSize(event, done);
      if (event.flags & EventFlag.timedOut) noteTimeout(this.#writer, fn, event, tagOf(event.tag, part), done, size);
      else this.#completion(fn, event, bytes, part, done, size);
      done += size;
    }
  }

  #completion(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array, part: number, done: number, size: number): void {
    const { header, record } = this.#writer;
    const status = completionStatus(event);
    const withData = event.kind !== EventKind.memWrite && status === CplStatus.SC;
    header.fmtType = withData ? FmtType.CplD : FmtType.Cpl;
    header.length = withData ? 1 : 0;
    header.requester = ROOT_COMPLEX_ID;
    header.completer = fn.id;
    header.tag = tagOf(event.tag, part);
    header.status = status;
    header.byteCount = 4;
    header.lowerAddress = 0;
    record.direction = Direction.upstream;
    record.offsetLo = event.offsetLo + done;
    const lead = (event.addressLo + done) & 3;
    this.#writer.tlp(fn, bytes, event.dataAt + done, lead, size, keptOf(event, done, size));
  }
}

/** Bytes of the access in the DW that it has reached after `done` bytes. */
function dwordSize(event: TapEvent, done: number): number {
  return Math.min(4 - ((event.addressLo + done) & 3), event.dataLength - done);
}

function keptOf(event: TapEvent, done: number, size: number): number {
  return Math.max(0, Math.min(size, event.kept - done));
}

/** 8 bytes that are not aligned are in three DWs: docs/capture-format.md, "Tags". */
function tagOf(tag: number, part: number): number {
  if (part === 0) return tag;
  return part === 1 ? secondTag(tag) : tag | THIRD_TAG;
}
