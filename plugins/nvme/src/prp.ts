import type { Command } from './command.ts';
import { MAX_HIGH, MAX_TRANSFER, MIN_PAGE_SIZE } from './limits.ts';
import { Status } from './status.ts';

/** Entries of the longest transfer, one more for its unaligned start, one more for a chain pointer. */
const MAX_ENTRIES = MAX_TRANSFER / MIN_PAGE_SIZE + 2;
const TWO_32 = 0x1_0000_0000;

/**
 * The data pointer of a command: PRP entries 1 and 2 and PRP lists (NVMe 1.4 §4.3, §4.2 DPTR).
 * Lists are fetched by the caller, several commands at a time: after `begin`, as long as `missing`
 * is not zero, fetch from `fetchAddress` into `listBytes` and call `advance`.
 */
export class DataPointer {
  /** List entries that are still to be fetched. */
  missing = 0;
  /** Bus address of the next part of the list. */
  fetchAddress = 0;
  /** The segment that `next` found: a page, or the part of it that is used. */
  segmentAddress = 0;
  segmentLength = 0;

  /** The list entries so far; what is fetched goes behind them. */
  readonly listBytes = new Uint8Array(MAX_ENTRIES * 8);
  readonly #entries = new Uint32Array(this.listBytes.buffer);
  #pageSize = MIN_PAGE_SIZE;
  #count = 0;
  #fetching = 0;
  #firstAddress = 0;
  #firstLength = 0;
  #length = 0;
  #left = 0;
  #cursor = 0;

  /** Starts with the pointers of a command for `length` bytes, at most MAX_TRANSFER. Returns a status. */
  begin(command: Command, length: number, pageSize: number): number {
    const prp1 = command.dword(6);
    const prp1High = command.dword(7);
    this.missing = 0;
    this.#count = 0;
    this.#pageSize = pageSize;
    this.#length = length;
    if (prp1 & 3) return Status.PrpOffsetInvalid;
    if (prp1High >= MAX_HIGH) return Status.DataTransferError;
    this.#firstAddress = prp1High * TWO_32 + prp1;
    this.#firstLength = Math.min(length, pageSize - (prp1 & (pageSize - 1)));
    const rest = length - this.#firstLength;
    if (rest === 0) return Status.Success;
    return this.#second(command.dword(8), command.dword(9), rest);
  }

  /** PRP entry 2: the second page, or a list when more than one page is left. */
  #second(low: number, high: number, rest: number): number {
    if (rest > this.#pageSize) {
      if (low & 7) return Status.PrpOffsetInvalid;
      this.missing = Math.ceil(rest / this.#pageSize);
      return this.#locate(low, high);
    }
    if (low & (this.#pageSize - 1)) return Status.PrpOffsetInvalid;
    if (high >= MAX_HIGH) return Status.DataTransferError;
    this.#entries[0] = low;
    this.#entries[1] = high;
    this.#count = 1;
    return Status.Success;
  }

  /** Sets the next fetch: entries up to the end of the memory page of the list. */
  #locate(low: number, high: number): number {
    if (high >= MAX_HIGH) return Status.DataTransferError;
    this.fetchAddress = high * TWO_32 + low;
    this.#fetching = Math.min(this.missing, (this.#pageSize - (low & (this.#pageSize - 1))) >>> 3);
    return Status.Success;
  }

  /** Where in `listBytes` the fetched part goes. */
  get fetchOffset(): number {
    return this.#count * 8;
  }

  /** Bytes to fetch. */
  get fetchLength(): number {
    return this.#fetching * 8;
  }

  /** Takes the entries that were fetched; the last of a full page points to the next list page. */
  advance(): number {
    const chained = this.missing > this.#fetching;
    const end = this.#count + this.#fetching - (chained ? 1 : 0);
    for (let i = this.#count; i < end; i++) {
      if (this.#low(i) & (this.#pageSize - 1)) return this.#stop(Status.PrpOffsetInvalid);
      if (this.#high(i) >= MAX_HIGH) return this.#stop(Status.DataTransferError);
    }
    this.missing -= end - this.#count;
    this.#count = end;
    if (!chained) return Status.Success;
    if (this.#low(end) & (this.#pageSize - 1)) return this.#stop(Status.PrpOffsetInvalid);
    const status = this.#locate(this.#low(end), this.#high(end));
    return status === Status.Success ? status : this.#stop(status);
  }

  #stop(status: number): number {
    this.missing = 0;
    return status;
  }

  rewind(): void {
    this.#left = this.#length;
    this.#cursor = -1;
  }

  /**
   * Finds the next segment; false after the last. Neighbouring pages are not merged: they may belong
   * to different mappings of the driver, and one access stays inside one mapping.
   */
  next(): boolean {
    if (this.#left === 0) return false;
    if (this.#cursor < 0) {
      this.segmentAddress = this.#firstAddress;
      this.segmentLength = this.#firstLength;
    } else {
      this.segmentAddress = this.#high(this.#cursor) * TWO_32 + this.#low(this.#cursor);
      this.segmentLength = Math.min(this.#left, this.#pageSize);
    }
    this.#left -= this.segmentLength;
    this.#cursor++;
    return true;
  }

  #low(index: number): number {
    return this.#entries[index * 2] as number;
  }

  #high(index: number): number {
    return this.#entries[index * 2 + 1] as number;
  }
}
