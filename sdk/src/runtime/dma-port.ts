import { type Dma, type DmaOp, dmaOp } from '../dma.ts';
import { AtomicOp, type DmaAtomic, dmaAtomic } from '../dma-atomic.ts';
import { DmaFault, DmaStatus } from '../dma-fault.ts';
import type { HostPort } from '../host-port.ts';

/** Accesses that a host carries out in one step. */
const BATCH = 1024;
/** Bytes of one access. */
const MAX_BYTES = 16 * 1024 * 1024;

/** DMA of one function by way of its host. */
export class DmaPort implements Dma {
  readonly #port: HostPort;
  readonly #fn: number;
  readonly #single = [dmaOp()] as const;
  readonly #atomic = dmaAtomic();

  constructor(port: HostPort, fn: number) {
    this.#port = port;
    this.#fn = fn;
  }

  read(address: number, length: number): Uint8Array {
    const buffer = new Uint8Array(length);
    this.readInto(address, buffer);
    return buffer;
  }

  readInto(address: number, buffer: Uint8Array): void {
    this.#move(address, buffer, false);
  }

  write(address: number, data: Uint8Array): void {
    this.#move(address, data, true);
  }

  transfer(ops: readonly DmaOp[], count = ops.length): number {
    for (let i = 0; i < count; i++) checkOp(ops[i], i);
    let failed = 0;
    for (let from = 0; from < count; from += BATCH) {
      failed += this.#port.transfer(this.#fn, ops, from, Math.min(count, from + BATCH));
    }
    return failed;
  }

  fetchAdd<T extends number | bigint>(address: number, value: T): T {
    return this.#exchange(AtomicOp.FETCH_ADD, address, value);
  }

  swap<T extends number | bigint>(address: number, value: T): T {
    return this.#exchange(AtomicOp.SWAP, address, value);
  }

  compareSwap<T extends number | bigint | Uint8Array>(address: number, compare: T, value: T): T {
    return this.#exchange(AtomicOp.CAS, address, value, compare);
  }

  atomic(op: DmaAtomic): number {
    checkAtomic(op);
    this.#port.atomic(this.#fn, op);
    return op.status;
  }

  map(address: number, length: number): Uint8Array {
    checkAddress('map', address);
    if (!Number.isInteger(length) || length <= 0) throw new RangeError(`map: ${length} bytes; ask for at least 1`);
    const memory = this.#port.mapMemory(this.#fn, address, length);
    if (memory) return memory;
    const reason = 'it is not all in one live mapping of coherent memory';
    throw new DmaFault('mapping', { address, status: DmaStatus.UNMAPPED }, length, reason);
  }

  #exchange<T extends number | bigint | Uint8Array>(kind: number, address: number, value: T, compare?: T): T {
    const op = this.#atomic;
    op.address = address;
    op.op = kind;
    op.size = putValue(op.operand, value);
    if (compare !== undefined && putValue(op.compare, compare) !== op.size)
      throw new RangeError(`${VERBS[kind]}: compare and value must have the same size`);
    if (this.atomic(op) !== DmaStatus.OK) throw new DmaFault(VERBS[kind] as string, op, op.size);
    return wordsAs(op.result, op.size, value) as T;
  }

  #move(address: number, buffer: Uint8Array, write: boolean): void {
    const op = this.#single[0];
    op.buffer = buffer;
    op.write = write;
    for (let offset = 0; offset < buffer.byteLength; offset += MAX_BYTES) {
      op.address = address + offset;
      op.offset = offset;
      op.length = Math.min(MAX_BYTES, buffer.byteLength - offset);
      if (this.transfer(this.#single) !== 0) throw new DmaFault(write ? 'write' : 'read', op, op.length);
    }
  }
}

/** Hosts hand buffers to the kernel as addresses: nothing may reach past their ends. */
function checkOp(op: DmaOp | undefined, index: number): void {
  if (op === undefined) throw new RangeError(`transfer: there is no op ${index}`);
  const offset = op.offset ?? 0;
  const length = op.length ?? op.buffer.byteLength - offset;
  if (!(offset >= 0 && length > 0 && length <= MAX_BYTES && offset + length <= op.buffer.byteLength)) {
    throw new RangeError(
      `transfer: op ${index} uses ${length} bytes from ${offset} on of a buffer of ${op.buffer.byteLength}; ` +
        `give 1 to ${MAX_BYTES} bytes inside it`,
    );
  }
  checkAddress(`transfer: op ${index}`, op.address);
}

/** By AtomicOp. */
const VERBS = ['fetch-and-add', 'swap', 'compare-and-swap'] as const;

function checkAtomic({ address, op, size }: DmaAtomic): void {
  if (VERBS[op] === undefined) throw new RangeError(`atomic: op ${op} is not one of AtomicOp`);
  if (size !== 4 && size !== 8 && !(size === 16 && op === AtomicOp.CAS)) {
    throw new RangeError(`${VERBS[op]}: ${size} bytes; use 4 or 8${op === AtomicOp.CAS ? ' or 16' : ''}`);
  }
  checkAddress(VERBS[op], address);
  if (address % size !== 0) {
    throw new RangeError(`${VERBS[op]}: the bus address 0x${address.toString(16)} is not a multiple of ${size} bytes`);
  }
}

function checkAddress(what: string, address: number): void {
  if (address >= 0 && address <= Number.MAX_SAFE_INTEGER) return;
  throw new RangeError(`${what} has the bus address ${address}; give one from 0 to 2^53 - 1`);
}

/** Stores a value in words; returns its size in bytes. */
function putValue(words: Uint32Array, value: number | bigint | Uint8Array): number {
  if (typeof value === 'number') {
    words[0] = value;
    return 4;
  }
  if (typeof value === 'bigint') {
    words[0] = Number(value & 0xffff_ffffn);
    words[1] = Number((value >> 32n) & 0xffff_ffffn);
    return 8;
  }
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  if (value.length <= bytes.length) bytes.set(value);
  return value.length;
}

/** What the words hold, as a value of the same type as `like`. */
function wordsAs(words: Uint32Array, size: number, like: unknown): number | bigint | Uint8Array {
  const [low, high] = words as unknown as [number, number];
  if (typeof like === 'number') return low;
  if (typeof like === 'bigint') return (BigInt(high) << 32n) | BigInt(low);
  return new Uint8Array(words.slice().buffer, 0, size);
}
