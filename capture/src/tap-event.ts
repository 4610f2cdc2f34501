import { uapi } from './uapi.ts';

const { constants, structs } = uapi;
const at = structs.pciem_event.fields;

/** Bytes of struct pciem_event, before its data. */
export const EVENT_BYTES: number = structs.pciem_event.size;
const LENGTH: number = at.length.offset;
const KIND: number = at.kind.offset;
const FLAGS: number = at.flags.offset;
const SEQ: number = at.seq.offset;
const TIME: number = at.time_ns.offset;
const ADDRESS: number = at.address.offset;
const OFFSET: number = at.offset.offset;
const REQUEST_SEQ: number = at.request_seq.offset;
const LATENCY: number = at.latency_ns.offset;
const DATA_LENGTH: number = at.data_length.offset;
const FUNCTION: number = at.function.offset;
const SPACE: number = at.space.offset;
const STATUS: number = at.status.offset;
const TAG: number = at.tag.offset;
const VECTOR: number = at.vector.offset;
const LOST: number = at.lost.offset;
const KEPT_LENGTH: number = at.kept_length.offset;
const CALLER: number = at.caller.offset;

/** enum pciem_event_kind. */
export const EventKind = {
  pad: constants.PCIEM_EVENT_PAD,
  configRead: constants.PCIEM_EVENT_CONFIG_READ,
  configWrite: constants.PCIEM_EVENT_CONFIG_WRITE,
  memRead: constants.PCIEM_EVENT_MEM_READ,
  memWrite: constants.PCIEM_EVENT_MEM_WRITE,
  memCompletion: constants.PCIEM_EVENT_MEM_COMPLETION,
  dmaRead: constants.PCIEM_EVENT_DMA_READ,
  dmaWrite: constants.PCIEM_EVENT_DMA_WRITE,
  dmaFault: constants.PCIEM_EVENT_DMA_FAULT,
  msi: constants.PCIEM_EVENT_MSI,
  reset: constants.PCIEM_EVENT_RESET,
  plug: constants.PCIEM_EVENT_PLUG,
  unplug: constants.PCIEM_EVENT_UNPLUG,
  mark: constants.PCIEM_EVENT_MARK,
  bound: constants.PCIEM_EVENT_BOUND,
  unbound: constants.PCIEM_EVENT_UNBOUND,
  intx: constants.PCIEM_EVENT_INTX,
  power: constants.PCIEM_EVENT_POWER,
  caller: constants.PCIEM_EVENT_CALLER,
  dmaAtomic: constants.PCIEM_EVENT_DMA_ATOMIC,
} as const;

/** struct pciem_event.flags. */
export const EventFlag = {
  completed: constants.PCIEM_EVENT_COMPLETED,
  forwarded: constants.PCIEM_EVENT_FORWARDED,
  timedOut: constants.PCIEM_EVENT_TIMED_OUT,
  truncated: constants.PCIEM_EVENT_TRUNCATED,
  coherent: constants.PCIEM_EVENT_COHERENT,
  msixTable: constants.PCIEM_EVENT_MSIX_TABLE,
  unclaimed: constants.PCIEM_EVENT_UNCLAIMED,
  io: constants.PCIEM_EVENT_IO,
} as const;

/** Bytes from the record at `from` to the next one. */
export function eventLength(view: DataView, from: number): number {
  return view.getUint32(from + LENGTH, true);
}

/** Kind of the record at `from`, the only other field that a padding record has. */
export function eventKind(view: DataView, from: number): number {
  return view.getUint16(from + KIND, true);
}

/** One struct pciem_event in numbers, reused for every record; 64-bit values are two 32-bit halves. */
export class TapEvent {
  kind = 0;
  flags = 0;
  seqHi = 0;
  seqLo = 0;
  timeHi = 0;
  timeLo = 0;
  addressHi = 0;
  addressLo = 0;
  offsetHi = 0;
  offsetLo = 0;
  requestHi = 0;
  requestLo = 0;
  latency = 0;
  dataLength = 0;
  function = 0;
  space = 0;
  status = 0;
  tag = 0;
  vector = 0;
  lost = 0;
  kept = 0;
  /** Who has made an access of the driver, or is named; 0 if that is not known. As the module counts, then as the file. */
  caller = 0;
  /** Where the data starts, in the buffer that `read` was given. */
  dataAt = 0;

  /** Reads the record at `from`. */
  read(view: DataView, from: number): void {
    this.kind = view.getUint16(from + KIND, true);
    this.flags = view.getUint16(from + FLAGS, true);
    this.seqLo = view.getUint32(from + SEQ, true);
    this.seqHi = view.getUint32(from + SEQ + 4, true);
    this.timeLo = view.getUint32(from + TIME, true);
    this.timeHi = view.getUint32(from + TIME + 4, true);
    this.addressLo = view.getUint32(from + ADDRESS, true);
    this.addressHi = view.getUint32(from + ADDRESS + 4, true);
    this.offsetLo = view.getUint32(from + OFFSET, true);
    this.offsetHi = view.getUint32(from + OFFSET + 4, true);
    this.requestLo = view.getUint32(from + REQUEST_SEQ, true);
    this.requestHi = view.getUint32(from + REQUEST_SEQ + 4, true);
    this.latency = view.getUint32(from + LATENCY, true);
    this.dataLength = view.getUint32(from + DATA_LENGTH, true);
    this.function = view.getUint8(from + FUNCTION);
    this.space = view.getUint8(from + SPACE);
    this.status = view.getUint8(from + STATUS);
    this.tag = view.getUint16(from + TAG, true);
    this.vector = view.getUint16(from + VECTOR, true);
    this.lost = view.getUint32(from + LOST, true);
    this.kept = view.getUint32(from + KEPT_LENGTH, true);
    this.caller = view.getUint32(from + CALLER, true);
    this.dataAt = from + EVENT_BYTES;
  }
}
