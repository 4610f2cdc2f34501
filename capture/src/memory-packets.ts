import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { Direction } from './record.ts';
import type { TapEvent } from './tap-event.ts';
import { dwordsSpanned, firstByteEnables, lastByteEnables } from './tlp/byte-enables.ts';
import { FmtType, withAddress } from './tlp/fmt-type.ts';
import { CplStatus } from './tlp/header.ts';
import { nextCompletion } from './tlp/split.ts';

/** Memory requests and their completions, for a transfer of which bytes `done` and following are meant. */
export class MemoryPackets {
  readonly #writer: CaptureWriter;
  readonly #mps: number;

  constructor(writer: CaptureWriter, mps: number) {
    this.#writer = writer;
    this.#mps = mps;
  }

  /** Writes a request of `size` bytes, `done` bytes into the event's transfer. */
  request(
    fn: CaptureFunction,
    event: TapEvent,
    bytes: Uint8Array,
    fmtType: number,
    requester: number,
    tag: number,
    done: number,
    size: number,
  ): void {
    const { header } = this.#writer;
    const address = this.#address(event, done);
    header.fmtType = withAddress(fmtType, header.addressHi);
    header.length = dwordsSpanned(address, size);
    header.requester = requester;
    header.tag = tag;
    header.firstBe = firstByteEnables(address, size);
    header.lastBe = lastByteEnables(address, size);
    this.#writer.record.direction = requester === fn.id ? Direction.upstream : Direction.downstream;
    const kept = Math.max(0, Math.min(size, event.kept - done));
    this.#writer.tlp(fn, bytes, event.dataAt + done, address & 3, size, kept);
  }

  /**
   * Writes the completions of the request that `request` would write with the same `done` and `size`. The record's
   * time, request number and latency are the caller's.
   * @param rcb read completion boundary of the completer
   */
  completions(
    fn: CaptureFunction,
    event: TapEvent,
    bytes: Uint8Array,
    requester: number,
    completer: number,
    tag: number,
    done: number,
    size: number,
    status: number,
    rcb: number,
  ): void {
    const { header, record } = this.#writer;
    header.requester = requester;
    header.completer = completer;
    header.tag = tag;
    header.status = status;
    record.direction = completer === fn.id ? Direction.upstream : Direction.downstream;
    let left = size;
    do {
      const address = this.#address(event, done + size - left);
      // A zero-length read is completed with one DW and a byte count of 1.
      header.byteCount = left === 0 ? 1 : left;
      header.lowerAddress = address & 0x7f;
      if (status !== CplStatus.SC) {
        header.fmtType = FmtType.Cpl;
        header.length = 0;
        this.#writer.tlp(fn, bytes, 0, 0, 0, 0);
        return;
      }
      const count = nextCompletion(address, left, this.#mps, rcb);
      header.fmtType = FmtType.CplD;
      header.length = dwordsSpanned(address, count);
      const from = done + size - left;
      const kept = Math.max(0, Math.min(count, event.kept - from));
      this.#writer.tlp(fn, bytes, event.dataAt + from, address & 3, count, kept);
      left -= count;
    } while (left > 0);
  }

  /** Sets the header's address and the record's offset `done` bytes into the transfer; returns the address's low half. */
  #address(event: TapEvent, done: number): number {
    const { header, record } = this.#writer;
    const address = event.addressLo + done;
    header.addressLo = address >>> 0;
    header.addressHi = address > 0xffff_ffff ? (event.addressHi + 1) >>> 0 : event.addressHi;
    const offset = event.offsetLo + done;
    record.offsetLo = offset >>> 0;
    record.offsetHi = offset > 0xffff_ffff ? (event.offsetHi + 1) >>> 0 : event.offsetHi;
    return header.addressLo;
  }
}
