import { RecordHeader } from '../record.ts';
import { Layout, layoutOf } from '../tlp/fmt-type.ts';
import { TlpHeader } from '../tlp/header.ts';
import type { CapturedFunction } from './functions.ts';
import type { NamedRegister } from './registers-of.ts';

/** Bytes of a transaction's data that are kept; enough for any access of a driver to registers. */
export const KEPT_BYTES = 64;

/** Which side sent a TLP. */
export type Sender = 'driver' | 'device';

/** One packet of a capture, decoded. The object is reused: use it up inside the callback. */
export class Frame {
  /** Number of the packet in the file, from 1, as Wireshark shows it. */
  number = 0;
  /** Nanoseconds since the first packet of the file. Events of two processors can be slightly out of order. */
  time = 0;
  readonly record = new RecordHeader();
  /** Valid if `isTlp`. */
  readonly header = new TlpHeader();
  fn: CapturedFunction;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where in `bytes` the body starts: what follows the pseudo-header. */
  bodyAt = 0;
  bodyBytes = 0;
  /** The body is a TLP with a whole header. */
  isTlp = false;
  /** Name of the TLP or record kind; `MSI` for an interrupt message. */
  name = '';
  from: Sender | '' = '';
  /** Bytes of payload by the TLP's header, disabled bytes included. */
  payloadBytes = 0;
  /** Where in `bytes` the data starts: payload without disabled bytes at its ends. */
  dataAt = 0;
  /** Bytes of data in the file; fewer than `dataBytes` if they were cut to a snap length. */
  dataKept = 0;
  dataBytes = 0;
  /** Bus address of the first byte of data or, of a request, of what it asks for; -1 if there is none. */
  address = -1;
  /** Completions and timeouts: the transaction that they belong to, if its request is in the file. */
  transaction: Transaction | undefined;

  constructor(fn: CapturedFunction) {
    this.fn = fn;
  }
}

/** Message codes of Assert_INTA to Assert_INTD (PCIe 6.0 2.2.8.1). */
const FIRST_ASSERT = 0x20;
const LAST_ASSERT = 0x23;

/** Which interrupt wire a frame asserts: 0 for INTA to 3 for INTD; -1 for none. */
export function assertedWire({ isTlp, header }: Frame): number {
  if (!isTlp || layoutOf(header.fmtType) !== Layout.message) return -1;
  const { messageCode } = header;
  return messageCode >= FIRST_ASSERT && messageCode <= LAST_ASSERT ? messageCode - FIRST_ASSERT : -1;
}

/**
 * A request with all its completions, or a posted request alone. Objects are reused: copy what you keep.
 */
export class Transaction {
  outstanding = false;
  fn: CapturedFunction;
  /** Fmt and Type of the request. */
  fmtType = 0;
  /** Name of the request's TLP; `MSI` for an interrupt message. */
  name = '';
  from: Sender = 'driver';
  posted = false;
  /** The request writes. */
  write = false;
  /** Packet numbers of the request, the first and the last completion; for posted ones all the same. */
  requestFrame = 0;
  firstFrame = 0;
  lastFrame = 0;
  /** `Frame.time` of the request. */
  time = 0;
  /** Nanoseconds from the request to its first and to its last completion; 0 for posted ones. */
  latency = 0;
  response = 0;
  /** Event that holds the request. */
  seqHi = 0;
  seqLo = 0;
  flags = 0;
  /** Register space of the driver's accesses, else `NO_SPACE`. */
  space = 0;
  /** Offset in the register space of the first byte meant. */
  offset = 0;
  /** Bus address of the first byte meant; -1 for configuration requests. */
  address = 0;
  /** Bytes asked for or written. */
  size = 0;
  /** Bytes that completions have brought. */
  done = 0;
  /** `CplStatus`. */
  status = 0;
  timedOut = false;
  /** Who made the driver's access, such as `nvme_reset_work+0x1c/0x80 [nvme]`; empty if the file does not say. */
  caller = '';
  /** First bytes of the data read or written, in address order. */
  readonly data = new Uint8Array(KEPT_BYTES);
  /** Bytes of `data` that are valid. */
  dataBytes = 0;

  constructor(fn: CapturedFunction) {
    this.fn = fn;
  }

  /** Calls `visit` for each register that the driver's access touches. */
  eachRegister(visit: (register: NamedRegister, transaction: Transaction) => void): void {
    const end = this.offset + Math.max(this.size, 1);
    for (let dword = Math.floor(this.offset / 4) * 4; dword < end; dword += 4) {
      for (const register of this.fn.registers.inDword(this.space, dword)) {
        if (register.offset >= end || register.offset + register.width <= this.offset) continue;
        // A register of 8 bytes is in two dwords.
        if (Math.max(register.offset, this.offset) < dword) continue;
        visit(register, this);
      }
    }
  }
}

/** What is wrong in a capture. */
export type ProblemKind =
  | 'completion timeout'
  | 'unsupported request'
  | 'configuration retry'
  | 'completer abort'
  | 'other completion status'
  | 'DMA fault'
  | 'device error'
  | 'access to no BAR'
  | 'surprise removal'
  | 'lost events'
  | 'completion without request'
  | 'request without completion'
  | 'tag reuse'
  | 'poisoned TLP'
  | 'malformed TLP'
  | 'damaged file'
  | 'file cut off';

/** One thing that is wrong. */
export interface Problem {
  kind: ProblemKind;
  /** Packet to look at; 0 if it is in none. */
  frame: number;
  /** `Frame.time` of it. */
  time: number;
  /** Address of the function; empty if none is meant. */
  function: string;
  text: string;
  /** Things of this kind that this one stands for: lost events, bytes. 1 for all others. */
  count: number;
}

/** Looks at the packets of a capture, in order. All methods are optional, and called on the hot path. */
export interface Analysis {
  packet?(frame: Frame): void;
  /** At the last completion of a request, when it timed out, or at a posted request; after `packet` for that frame. */
  transaction?(transaction: Transaction, frame: Frame): void;
  problem?(problem: Problem): void;
}
