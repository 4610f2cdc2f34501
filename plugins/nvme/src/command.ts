import type { Namespace } from './namespace.ts';
import { DataPointer } from './prp.ts';
import type { SubmissionQueue } from './queues.ts';
import { Status } from './status.ts';

const TWO_32 = 0x1_0000_0000;
/** Parameter Error Location when there is none to name (NVMe 1.4 §5.14.1.1). */
export const NO_LOCATION = 0xffff;

/**
 * A command being carried out: one slot, used again and again. Its 64 bytes stay in the buffer
 * that they were fetched into (NVMe 1.4 §4.2).
 */
export class Command {
  readonly pointer = new DataPointer();
  readonly #words: Uint32Array;
  readonly #base: number;

  /** The queue that it came from. */
  queue!: SubmissionQueue;
  /** Bits 7:0 of dword 0. */
  opcode = 0;
  /** CID, unique among the commands of its queue. */
  id = 0;
  nsid = 0;
  /** How it ended, see status.ts. */
  status: number = Status.Success;
  /** Dword 0 of the completion. */
  result = 0;
  /** Where the wrong field is: byte in bits 7:0, bit in 10:8. */
  errorLocation = NO_LOCATION;
  /** First LBA, for the error log. */
  lba = 0;
  /** False: no completion yet (Asynchronous Event Request). */
  completes = true;

  // Of I/O commands, set by their handler.
  namespace!: Namespace;
  /** Byte offset in the backing store. */
  offset = 0;
  /** Bytes to move over the bus. */
  length = 0;
  /** The bytes, when they pass through the controller's buffer; else they go straight to the store. */
  staged: Uint8Array | null = null;

  constructor(words: Uint32Array, slot: number) {
    this.#words = words;
    this.#base = slot * 16;
  }

  /** Starts with the entry that is now in the slot; `queue` is set already. */
  load(): void {
    const dword0 = this.dword(0);
    this.opcode = dword0 & 0xff;
    this.id = dword0 >>> 16;
    this.nsid = this.dword(1);
    this.status = Status.Success;
    this.result = 0;
    this.errorLocation = NO_LOCATION;
    this.lba = 0;
    this.completes = true;
    this.offset = 0;
    this.length = 0;
    this.staged = null;
  }

  /** Dword 0 to 15 of the entry. */
  dword(index: number): number {
    return this.#words[this.#base + index] as number;
  }

  /** A 64-bit field from two dwords; exact below 2^53, and still huge above. */
  qword(index: number): number {
    return this.dword(index + 1) * TWO_32 + this.dword(index);
  }

  /** FUSE and PSDT: neither fused operations nor SGLs are supported (Identify FUSES and SGLS are 0). */
  get fusedOrSgl(): boolean {
    return (this.dword(0) & 0xc300) !== 0;
  }

  /** Ends the command with an error; a handler returns this. `dword` and `bit` say which field is wrong. */
  fail(status: number, dword?: number, bit = 0): undefined {
    this.status = status;
    if (dword !== undefined) this.errorLocation = (dword * 4 + (bit >> 3)) | ((bit & 7) << 8);
  }
}
