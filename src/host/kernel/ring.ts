import { uapi } from '@pciem/capture/uapi';

const { pciem_ring, pciem_record } = uapi.structs;

const WORD = 4;
const HEAD = pciem_ring.fields.head.offset / WORD;
const TAIL = pciem_ring.fields.tail.offset / WORD;
const NEED_WAKEUP = pciem_ring.fields.need_wakeup.offset / WORD;
const ENTRIES = pciem_ring.fields.entries.offset / WORD;
const FIRST_RECORD = 4096 / WORD;
const RECORD = pciem_record.size / WORD;
const TAG_AND_SIZE = pciem_record.fields.tag.offset / WORD;
const OFFSET = pciem_record.fields.offset.offset / WORD;
const VALUE = pciem_record.fields.value.offset / WORD;
const SEQ = pciem_record.fields.seq.offset / WORD;

/** Takes records as they are; the fields of `struct pciem_record`, 64-bit ones in halves, all unsigned. */
export type RecordHandler = (
  kind: number,
  fn: number,
  space: number,
  offset: number,
  size: number,
  valueLow: number,
  valueHigh: number,
) => void;

/** The consumer's side of the ring of an endpoint (uapi: struct pciem_ring). Allocates nothing. */
export class Ring {
  /** Tag and sequence number of the record that is being handled. */
  tag = 0;
  seqLow = 0;
  seqHigh = 0;
  readonly #signed: Int32Array;
  readonly #words: Uint32Array;
  readonly #mask: number;
  #tail: number;

  constructor(memory: ArrayBuffer) {
    this.#signed = new Int32Array(memory);
    this.#words = new Uint32Array(memory);
    this.#mask = (this.#words[ENTRIES] as number) - 1;
    this.#tail = this.#signed[TAIL] as number;
  }

  /** Whether there is a record to handle. */
  get pending(): boolean {
    return Atomics.load(this.#signed, HEAD) !== this.#tail;
  }

  /**
   * Hands up to `limit` records to `handler`, each before the next; returns how many. A record is given back after its
   * handler has returned: reads by the driver wait for that (PCIEM_BYTE_ORDERED).
   */
  drain(handler: RecordHandler, limit: number): number {
    const words = this.#words;
    let done = 0;
    while (done < limit && Atomics.load(this.#signed, HEAD) !== this.#tail) {
      const at = FIRST_RECORD + (this.#tail & this.#mask) * RECORD;
      const first = words[at] as number;
      const second = words[at + TAG_AND_SIZE] as number;
      this.tag = second & 0xffff;
      this.seqLow = words[at + SEQ] as number;
      this.seqHigh = words[at + SEQ + 1] as number;
      handler(
        first & 0xffff,
        (first >>> 16) & 0xff,
        first >>> 24,
        words[at + OFFSET] as number,
        (second >>> 16) & 0xff,
        words[at + VALUE] as number,
        words[at + VALUE + 1] as number,
      );
      this.#tail = (this.#tail + 1) | 0;
      Atomics.store(this.#signed, TAIL, this.#tail);
      done++;
    }
    return done;
  }

  /**
   * Asks the kernel to wake the poller for the next record. False if one has come meanwhile: then do not sleep. Both
   * sides write first and look second, so that one of them sees the other.
   */
  askForWakeup(): boolean {
    Atomics.store(this.#signed, NEED_WAKEUP, 1);
    if (!this.pending) return true;
    this.cancelWakeup();
    return false;
  }

  cancelWakeup(): void {
    Atomics.store(this.#signed, NEED_WAKEUP, 0);
  }
}
