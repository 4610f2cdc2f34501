import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { atCompletion, atRequest, ofRequest } from './event-time.ts';
import { ENDPOINT_RCB, type LinkLimits, ROOT_COMPLEX_ID } from './link.ts';
import { MemoryPackets } from './memory-packets.ts';
import { noteTimeout } from './notes.ts';
import { Direction, RecordFlag } from './record.ts';
import { EventFlag, EventKind, type TapEvent } from './tap-event.ts';
import { firstByteEnables } from './tlp/byte-enables.ts';
import { FmtType } from './tlp/fmt-type.ts';
import { CplStatus } from './tlp/header.ts';
import { nextRequest } from './tlp/split.ts';

/** The driver's reads ask for at most a page, so an access that crosses 4 KiB takes two requests. */
const READ_LIMIT = 4096;
/** The kernel module leaves tags with this bit inverted to the second request of an access. */
const SECOND_TAG = 0x40;

/** What the driver does to the function: the root complex is the requester, the function the completer. */
export class DriverAccess {
  readonly #writer: CaptureWriter;
  readonly #memory: MemoryPackets;
  readonly #mps: number;

  constructor(writer: CaptureWriter, limits: LinkLimits) {
    this.#writer = writer;
    this.#memory = new MemoryPackets(writer, limits.mps);
    this.#mps = limits.mps;
  }

  /** CONFIG_READ and CONFIG_WRITE, which hold request and completion. */
  config(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { header, record } = this.#writer;
    const read = event.kind === EventKind.configRead;
    const target = (fn.id & ~7) | (event.function & 7);
    const status = completionStatus(event);
    let done = 0;
    do {
      const offset = event.offsetLo + done;
      const size = Math.min(4 - (offset & 3), event.dataLength - done);
      const kept = Math.max(0, Math.min(size, event.kept - done));
      header.fmtType = read ? FmtType.CfgRd0 : FmtType.CfgWr0;
      header.length = 1;
      header.requester = ROOT_COMPLEX_ID;
      header.tag = event.tag;
      header.firstBe = firstByteEnables(offset, size);
      header.lastBe = 0;
      header.target = target;
      header.register = offset & 0xffc;
      record.direction = Direction.downstream;
      record.offsetLo = offset;
      atRequest(record, event);
      this.#writer.tlp(fn, bytes, event.dataAt + done, offset & 3, size, kept);

      atCompletion(record, event);
      const withData = read && status === CplStatus.SC;
      header.fmtType = withData ? FmtType.CplD : FmtType.Cpl;
      header.length = withData ? 1 : 0;
      header.completer = target;
      header.status = status;
      header.byteCount = 4;
      header.lowerAddress = 0;
      record.direction = Direction.upstream;
      this.#writer.tlp(fn, bytes, event.dataAt + done, offset & 3, size, kept);
      done += size;
    } while (done < event.dataLength);
  }

  write(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    let done = 0;
    do {
      const size = nextRequest(event.addressLo + done, event.dataLength - done, this.#mps);
      this.#memory.request(fn, event, bytes, FmtType.MWr, ROOT_COMPLEX_ID, event.tag, done, size);
      done += size;
    } while (done < event.dataLength);
  }

  /** MEM_READ: the requests, and all that follows if the event is completed. */
  read(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { record } = this.#writer;
    if (!(event.flags & EventFlag.forwarded) && !(event.flags & EventFlag.unclaimed)) record.flags |= RecordFlag.plain;
    const first = nextRequest(event.addressLo, event.dataLength, READ_LIMIT);
    this.#memory.request(fn, event, bytes, FmtType.MRd, ROOT_COMPLEX_ID, event.tag, 0, first);
    if (first < event.dataLength) {
      const tag = secondTag(event.tag);
      this.#memory.request(fn, event, bytes, FmtType.MRd, ROOT_COMPLEX_ID, tag, first, event.dataLength - first);
    }
    if (event.flags & EventFlag.completed) {
      atCompletion(record, event);
      this.#complete(fn, event, bytes);
    }
  }

  /** MEM_COMPLETION: its time is its own, and it repeats the address of the request. */
  completion(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { record } = this.#writer;
    ofRequest(record, event);
    this.#complete(fn, event, bytes);
  }

  #complete(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const first = nextRequest(event.addressLo, event.dataLength, READ_LIMIT);
    this.#completeRequest(fn, event, bytes, event.tag, 0, first);
    if (first < event.dataLength) {
      this.#completeRequest(fn, event, bytes, secondTag(event.tag), first, event.dataLength - first);
    }
  }

  #completeRequest(
    fn: CaptureFunction,
    event: TapEvent,
    bytes: Uint8Array,
    tag: number,
    done: number,
    size: number,
  ): void {
    if (event.flags & EventFlag.timedOut) {
      noteTimeout(this.#writer, fn, event, tag, done, size);
      return;
    }
    const status = completionStatus(event);
    this.#memory.completions(fn, event, bytes, ROOT_COMPLEX_ID, fn.id, tag, done, size, status, ENDPOINT_RCB);
  }
}

/** What no BAR claims is an unsupported request (PCIe 5.0 2.3.1). */
export function completionStatus(event: TapEvent): number {
  if (event.flags & EventFlag.unclaimed && event.status === CplStatus.SC) return CplStatus.UR;
  return event.status;
}

/** Tag of the second request of an access. */
export function secondTag(tag: number): number {
  return tag ^ SECOND_TAG;
}
