import type { DeviceContext } from '../context.ts';
import { hex } from '../hex.ts';
import type { HostPort } from '../host-port.ts';
import type { CurrentAccess, Deferred } from './access.ts';
import { readByAlias, writeByAlias } from './aliases.ts';
import {
  type Entry,
  NARROW,
  type NarrowWrite,
  RANGE,
  type RangeRead,
  type RangeWrite,
  type RegisterRead,
  type WideWrite,
} from './entries.ts';
import type { ReadResult } from './read-result.ts';

/** Outcomes of a read: the result holds the data; the handler failed; the answer comes later. */
export const READ_DONE = 0;
export const READ_FAILED = 1;
export const READ_DEFERRED = 2;

/** What the dispatchers of one function share. */
export interface SharedParts {
  readonly access: CurrentAccess;
  readonly ctx: DeviceContext;
  readonly port: HostPort;
  readonly result: ReadResult;
}

/** Sends the driver's accesses of one register space to the handlers. */
export class SpaceDispatcher {
  /** For each dword the place of its first entry in `#entries`; 0: none. */
  readonly #first: Int32Array;
  /** Place 0 is never used. */
  readonly #entries: readonly (Entry | undefined)[];
  readonly #image: Uint8Array;
  readonly #access: CurrentAccess;
  readonly #ctx: DeviceContext;
  readonly #port: HostPort;
  readonly #result: ReadResult;
  /** Bytes of the access, and of the register that is put together; 8 each. */
  readonly #data = new DataView(new ArrayBuffer(8));
  readonly #register = new DataView(new ArrayBuffer(8));

  constructor(entries: readonly Entry[], image: Uint8Array, shared: SharedParts) {
    this.#entries = [undefined, ...entries];
    this.#image = image;
    this.#access = shared.access;
    this.#ctx = shared.ctx;
    this.#port = shared.port;
    this.#result = shared.result;
    this.#first = new Int32Array(image.length >>> 2);
    for (let place = entries.length; place > 0; place--) this.#index(place);
  }

  #index(place: number): void {
    const entry = this.#entries[place] as Entry;
    const last = (entry.offset + entry.bytes - 1) >>> 2;
    for (let dword = entry.offset >>> 2; dword <= last; dword++) {
      entry.next = this.#first[dword] as number;
      this.#first[dword] = place;
    }
  }

  /** The driver wrote `size` bytes at `offset`; masks have been applied to the image. */
  write(offset: number, size: number, low: number, high: number): void {
    const entry = this.#entries[this.#first[offset >>> 2] as number];
    const access = this.#access;
    access.offset = offset;
    access.size = size;
    access.wholeOffset = offset;
    access.wholeSize = size;
    try {
      const isSimple = entry !== undefined && entry.next === 0 && entry.w1s === undefined && entry.alias === undefined;
      if (isSimple && entry.write !== undefined) {
        const within = offset - entry.offset;
        if (entry.kind === NARROW && within === 0 && size === entry.bytes) {
          (entry.write as NarrowWrite)(low >>> 0, this.#ctx);
          return;
        }
        if (entry.kind === RANGE && size <= 4 && (offset & (size - 1)) === 0) {
          (entry.write as RangeWrite)(within, low >>> 0, this.#ctx);
          return;
        }
      }
      this.#writeParts(offset, size, low, high);
    } catch (error) {
      this.#port.deviceError(error, `write of ${this.nameAt(offset)}`);
    }
  }

  /** The driver reads `size` bytes at `offset`: READ_DONE, READ_FAILED or READ_DEFERRED. */
  read(offset: number, size: number): number {
    const entry = this.#entries[this.#first[offset >>> 2] as number];
    const access = this.#access;
    access.offset = offset;
    access.size = size;
    access.wholeOffset = offset;
    access.wholeSize = size;
    try {
      if (entry !== undefined && entry.next === 0 && entry.kind === NARROW && entry.read !== undefined) {
        if (offset === entry.offset && size === entry.bytes) {
          const value = this.#call(entry, offset, size);
          if (typeof value === 'object') return READ_DEFERRED;
          const bits = Number(value);
          this.#result.set(size === 4 ? bits >>> 0 : bits & ((1 << (8 * size)) - 1), 0);
          return READ_DONE;
        }
      }
      return this.#readParts(offset, size);
    } catch (error) {
      this.#port.deviceError(error, `read of ${this.nameAt(offset)}`);
      return READ_FAILED;
    }
  }

  #entryAt(byte: number): Entry | undefined {
    let entry = this.#entries[this.#first[byte >>> 2] as number];
    while (entry !== undefined && (byte < entry.offset || byte >= entry.offset + entry.bytes)) {
      entry = this.#entries[entry.next];
    }
    return entry;
  }

  /** An access that is not exactly one register or part of a range. */
  #writeParts(offset: number, size: number, low: number, high: number): void {
    this.#data.setUint32(0, low, true);
    this.#data.setUint32(4, high, true);
    const end = offset + size;
    for (let byte = offset; byte < end; ) {
      const entry = this.#entryAt(byte);
      if (entry === undefined) {
        byte++;
      } else if (entry.kind === RANGE) {
        const length = rangePart(byte, Math.min(end, entry.offset + entry.bytes));
        this.#access.offset = byte;
        this.#access.size = length;
        (entry.write as RangeWrite | undefined)?.(byte - entry.offset, this.#gather(byte - offset, length), this.#ctx);
        byte += length;
      } else {
        const stop = Math.min(end, entry.offset + entry.bytes);
        this.#writeRegister(entry, byte, stop, offset);
        byte = stop;
      }
    }
  }

  #writeRegister(entry: Entry, from: number, to: number, offset: number): void {
    const merged = this.#register;
    const { alias } = entry;
    const at = alias === undefined ? entry.offset : alias.offset;
    for (let i = 0; i < entry.bytes; i++) merged.setUint8(i, this.#image[at + i] as number);
    for (let byte = from; byte < to; byte++) {
      const written = this.#data.getUint8(byte - offset);
      const index = byte - entry.offset;
      merged.setUint8(index, written);
      if (alias !== undefined) writeByAlias(this.#image, alias, index, written);
      const set = written & (entry.w1s?.[index] ?? 0);
      if (set !== 0) Atomics.or(this.#image, at + index, set);
    }
    if (entry.write === undefined) return;
    if (entry.kind === NARROW) (entry.write as NarrowWrite)(unsigned(merged, 0, entry.bytes), this.#ctx);
    else (entry.write as WideWrite)(merged.getBigUint64(0, true), this.#ctx);
  }

  #gather(at: number, length: number): number {
    return unsigned(this.#data, at, length);
  }

  #readParts(offset: number, size: number): number {
    const data = this.#data;
    for (let i = 0; i < size; i++) data.setUint8(i, this.#image[offset + i] ?? 0);
    const end = offset + size;
    for (let byte = offset; byte < end; ) {
      const entry = this.#entryAt(byte);
      if (entry?.read === undefined) {
        if (entry?.alias) data.setUint8(byte - offset, readByAlias(this.#image, entry.alias, byte - entry.offset));
        byte++;
        continue;
      }
      const stop = Math.min(end, entry.offset + entry.bytes);
      const length = entry.kind === RANGE ? rangePart(byte, stop) : stop - byte;
      const value = this.#call(entry, byte, length);
      if (typeof value === 'object') return READ_DEFERRED;
      const start = entry.kind === RANGE ? byte : entry.offset;
      const bits = typeof value === 'bigint' ? value : BigInt(Math.trunc(value) || 0);
      this.#register.setBigUint64(0, BigInt.asUintN(64, bits), true);
      for (let i = 0; i < length; i++) data.setUint8(byte - offset + i, this.#register.getUint8(byte - start + i));
      byte += length;
    }
    this.#result.set(unsigned(data, 0, Math.min(size, 4)), size === 8 ? data.getUint32(4, true) : 0);
    return READ_DONE;
  }

  /** Calls a read handler for `length` bytes from `byte` on: a value, or the Deferred that stands for it. */
  #call(entry: Entry, byte: number, length: number): number | bigint | Deferred {
    const access = this.#access;
    const start = entry.kind === RANGE ? byte : entry.offset;
    access.deferrable = byte === access.offset && length === access.size ? start : -1;
    access.deferred = undefined;
    const value =
      entry.kind === RANGE
        ? (entry.read as RangeRead)(byte - entry.offset, length, this.#ctx)
        : (entry.read as RegisterRead)(this.#ctx);
    access.deferrable = -1;
    if (access.deferred !== undefined) {
      if (value === access.deferred) return access.deferred;
      throw new Error(
        `the read handler of ${entry.name} called defer() and returned something else; return its result`,
      );
    }
    if (typeof value === 'number' || typeof value === 'bigint') return value;
    throw new TypeError(`the read handler of ${entry.name} returned ${String(value)}; return a number`);
  }

  /** Names the register or range for a message. */
  nameAt(offset: number): string {
    const entry = this.#entryAt(offset);
    return entry ? entry.name : `offset ${hex(offset)}`;
  }
}

/** Bytes of a naturally aligned piece of at most 4 that starts at `byte` and ends by `end`. */
function rangePart(byte: number, end: number): number {
  if ((byte & 3) === 0 && end - byte >= 4) return 4;
  return (byte & 1) === 0 && end - byte >= 2 ? 2 : 1;
}

function unsigned(view: DataView, at: number, bytes: number): number {
  if (bytes === 4) return view.getUint32(at, true);
  return bytes === 2 ? view.getUint16(at, true) : view.getUint8(at);
}
