import { uapi } from '@pciem/capture/uapi';

const { fields } = uapi.structs.pciem_tap_ring;
const LENGTH = uapi.structs.pciem_event.fields.length.offset;

const HEAD = fields.head.offset / 8;
const TAIL = fields.tail.offset / 8;
const NEED_WAKEUP = fields.need_wakeup.offset / 4;
const BYTES = fields.bytes.offset / 8;
const LOST = fields.lost.offset / 8;
const DELIVERED = fields.delivered.offset / 8;
const DATA = 4096;
/** After so many bytes at most (and the rest of a record) the kernel gets their room back. */
const PIECE = 1 << 18;

/** Takes whole event records: bytes `from` to `to` of `bytes`; `view` shows the same bytes. */
export type TapSink = (bytes: Uint8Array, view: DataView, from: number, to: number) => void;

/** The consumer's side of a tap ring (uapi: struct pciem_tap_ring). */
export class TapRing {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #quadwords: BigUint64Array;
  readonly #size: number;
  #tail: number;

  constructor(memory: ArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#quadwords = new BigUint64Array(memory);
    this.#size = Number(this.#quadwords[BYTES]);
    this.#bytes = new Uint8Array(memory, DATA, this.#size);
    this.#view = new DataView(memory, DATA, this.#size);
    this.#tail = Number(this.#quadwords[TAIL]);
  }

  /** Events lost since the tap was attached. */
  get lost(): number {
    return Number(Atomics.load(this.#quadwords, LOST));
  }

  get delivered(): number {
    return Number(Atomics.load(this.#quadwords, DELIVERED));
  }

  /** Bytes that wait to be taken. */
  get pending(): number {
    return Number(Atomics.load(this.#quadwords, HEAD)) - this.#tail;
  }

  /** Hands everything that has arrived to `sink`, in pieces of whole records; returns how many bytes. */
  drain(sink: TapSink): number {
    const pending = this.pending;
    let left = pending;
    while (left > 0) {
      const from = this.#tail % this.#size;
      const piece = this.#pieceAt(from, Math.min(left, this.#size - from));
      sink(this.#bytes, this.#view, from, from + piece);
      this.#tail += piece;
      left -= piece;
      Atomics.store(this.#quadwords, TAIL, BigInt(this.#tail));
    }
    return pending;
  }

  /** Bytes of whole records from `from` on. Events come while a piece is written: room must not be kept until the end. */
  #pieceAt(from: number, limit: number): number {
    let piece = 0;
    while (piece < Math.min(PIECE, limit)) {
      const length = this.#view.getUint32(from + piece + LENGTH, true);
      if (length === 0 || piece + length > limit) return limit;
      piece += length;
    }
    return piece;
  }

  /** Asks the kernel to wake the poller for the next event. False if one has come meanwhile. */
  askForWakeup(): boolean {
    Atomics.store(this.#words, NEED_WAKEUP, 1);
    if (this.pending === 0) return true;
    Atomics.store(this.#words, NEED_WAKEUP, 0);
    return false;
  }
}
