// Cursors over big-endian bytes for records that are written rarely; the hot path uses DataView directly.

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Appends big-endian values to a growing buffer. A value that does not fit throws a RangeError naming it. */
export class ByteWriter {
  readonly #what: string;
  #bytes = new Uint8Array(64);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** `what` names the thing being written in error messages. */
  constructor(what = 'record') {
    this.#what = what;
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number, name: string): void {
    this.#check(value, 0xff, name);
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number, name: string): void {
    this.#check(value, 0xffff, name);
    const at = this.#grow(2);
    this.#view.setUint16(at, value);
  }

  u24(value: number, name: string): void {
    this.#check(value, 0xffffff, name);
    this.u8(value >>> 16, name);
    this.u16(value & 0xffff, name);
  }

  u32(value: number, name: string): void {
    this.#check(value, 0xffffffff, name);
    const at = this.#grow(4);
    this.#view.setUint32(at, value);
  }

  u64(value: bigint, name: string): void {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn) {
      throw new RangeError(`${this.#what}: ${name} ${value} must be from 0 to 2^64 - 1`);
    }
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value);
  }

  /** UTF-8 text behind one byte of length; text longer than 255 bytes is cut at a character. */
  text(value: string, name: string): void {
    const room = new Uint8Array(255);
    const { written } = utf8.encodeInto(value, room);
    this.u8(written, name);
    this.raw(room.subarray(0, written));
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Everything written so far; shares no memory with the writer. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #check(value: number, max: number, name: string): void {
    if (!Number.isInteger(value) || value < 0 || value > max) {
      throw new RangeError(`${this.#what}: ${name} ${value} must be an integer from 0 to ${max}`);
    }
  }

  #grow(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer);
    }
    return at;
  }
}

/** Takes big-endian values from a buffer. Reading past its end yields zeros: records come from damaged files too. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#view.getUint8(at);
  }

  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : this.#view.getUint16(at);
  }

  u24(): number {
    return this.u8() * 0x10000 + this.u16();
  }

  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : this.#view.getUint32(at);
  }

  u64(): bigint {
    const at = this.#take(8);
    return at < 0 ? 0n : this.#view.getBigUint64(at);
  }

  text(): string {
    return fromUtf8.decode(this.raw(this.u8()));
  }

  /** The next `length` bytes, or as many as there are; shares memory with the input. */
  raw(length: number): Uint8Array {
    const start = this.#at;
    this.#at = Math.min(this.#bytes.length, start + length);
    return this.#bytes.subarray(start, this.#at);
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      this.#at = this.#bytes.length;
      return -1;
    }
    this.#at = at + count;
    return at;
  }
}
