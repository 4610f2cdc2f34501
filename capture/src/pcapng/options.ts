import { Option } from './format.ts';

const utf8 = new TextEncoder();

/** Options of a block that is written rarely, collected and then written padded, little-endian. */
export class OptionList {
  readonly #options: { code: number; value: Uint8Array }[] = [];
  #bytes = 0;

  /** Length of the list without its end, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  value(code: number, value: Uint8Array): void {
    this.#options.push({ code, value });
    this.#bytes += 4 + ((value.length + 3) & ~3);
  }

  /** UTF-8 text of at most `maxBytes` bytes, cut at a character. */
  text(code: number, text: string, maxBytes = 1024): void {
    const room = new Uint8Array(Math.min(maxBytes, text.length * 3));
    this.value(code, room.subarray(0, utf8.encodeInto(text, room).written));
  }

  /** A 64-bit count, from a whole number below 2^53. */
  count(code: number, value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    this.value(code, bytes);
  }

  /** A timestamp: two 32-bit values, the high one first in either byte order. */
  time(code: number, high: number, low: number): void {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, high, true);
    view.setUint32(4, low, true);
    this.value(code, bytes);
  }

  /** Writes the options at byte `at`, without an end of options; returns the byte after them. */
  write(bytes: Uint8Array, view: DataView, at: number): number {
    let next = at;
    for (const { code, value } of this.#options) {
      view.setUint16(next, code, true);
      view.setUint16(next + 2, value.length, true);
      bytes.fill(0, next + 4 + (value.length & ~3), next + 8 + (value.length & ~3));
      bytes.set(value, next + 4);
      next += 4 + ((value.length + 3) & ~3);
    }
    return next;
  }
}

/** Writes an end of options; returns the byte after it. */
export function writeEnd(view: DataView, at: number): number {
  view.setUint32(at, Option.end, true);
  return at + 4;
}
