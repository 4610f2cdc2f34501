import { type FileHandle, open } from 'node:fs/promises';
import type { Analysis, Transaction } from './frame.ts';
import type { NamedRegister } from './registers-of.ts';
import { Scanner, type ScanResult } from './scan.ts';

const CHUNK_BYTES = 1 << 18;

/** One access of the driver. */
export interface DriverAccess {
  /** Packet of the request. */
  frame: number;
  /** Nanoseconds since the first packet of the file. */
  time: number;
  /** What is the same for every such access: function, direction, place and size. Names of registers, not values. */
  what: string;
  /** Bytes read or written, hexadecimal; `timed out` or `status 1` for what failed. */
  value: string;
}

/** The driver's accesses in a capture file, in order, as many at a time as the caller wants to look ahead. */
export class AccessStream implements Analysis, AsyncDisposable {
  /** How the file ended, when all of it is read. */
  result: ScanResult | undefined;
  /** Bytes read so far. */
  read = 0;
  readonly #file: FileHandle;
  readonly #scanner: Scanner;
  readonly #buffer = new Uint8Array(CHUNK_BYTES);
  #accesses: DriverAccess[] = [];
  #at = 0;
  #names: string[] = [];
  #over = false;

  static async open(path: string, others: readonly Analysis[]): Promise<AccessStream> {
    return new AccessStream(await open(path), others);
  }

  private constructor(file: FileHandle, others: readonly Analysis[]) {
    this.#file = file;
    this.#scanner = new Scanner([this, ...others]);
  }

  /** Reads until `count` accesses are ready, or the file is over. */
  async fill(count: number): Promise<void> {
    while (!this.#over && this.ready < count) {
      this.#accesses = this.#accesses.slice(this.#at);
      this.#at = 0;
      const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length);
      this.read += bytesRead;
      if (bytesRead > 0) this.#scanner.push(this.#buffer.subarray(0, bytesRead));
      else this.#end();
    }
  }

  /** Accesses that can be looked at. */
  get ready(): number {
    return this.#accesses.length - this.#at;
  }

  /** The access `ahead` places on, if it is ready. */
  peek(ahead: number): DriverAccess | undefined {
    return this.#accesses[this.#at + ahead];
  }

  take(): DriverAccess {
    return this.#accesses[this.#at++] as DriverAccess;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  transaction(transaction: Transaction): void {
    if (transaction.from !== 'driver') return;
    const { fn, write, size, offset, space, data, dataBytes, timedOut, status } = transaction;
    this.#names = [];
    if (size <= 8) transaction.eachRegister(this.#name);
    const place =
      this.#names.length > 0 ? this.#names.join(', ') : `${size} bytes at ${space}+0x${offset.toString(16)}`;
    const value = Buffer.from(data.subarray(0, dataBytes)).reverse().toString('hex');
    const failure = timedOut ? 'timed out' : `status ${status}`;
    this.#accesses.push({
      frame: transaction.requestFrame,
      time: transaction.time,
      what: `${fn.index > 0 ? `function ${fn.id & 7} ` : ''}${write ? 'write' : 'read'} ${size * 8} bit: ${place}`,
      value: timedOut || status !== 0 ? failure : `0x${value}`,
    });
  }

  readonly #name = ({ name }: NamedRegister): void => {
    this.#names.push(name);
  };

  #end(): void {
    this.#over = true;
    this.result = this.#scanner.finish();
  }
}
