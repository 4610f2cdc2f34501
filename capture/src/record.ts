// The pseudo-header before every packet: docs/capture-format.md, "Pseudo-header". Big-endian, 64 bytes in 1.2.

/** The bytes `PCEM`. */
export const MAGIC = 0x5043454d;
export const VERSION_MAJOR = 1;
export const VERSION_MINOR = 2;
export const RECORD_HEADER_BYTES = 64;

/** What follows the pseudo-header. Readers skip kinds that they do not know. */
export const RecordKind = {
  tlp: 1,
  deviceMap: 2,
  /** A read of the driver got no completion in time. No TLP went over the bus. */
  timeout: 3,
  reset: 4,
  plug: 5,
  unplug: 6,
  bound: 7,
  unbound: 8,
  mark: 9,
  dmaFault: 10,
  /** Events that the tap lost before the next packet. */
  loss: 11,
  /** The driver has changed the power state. */
  power: 12,
  /** Gives a name to a number that TLPs have as `detail`: who made the access. */
  caller: 13,
} as const;

/** `RecordHeader.detail` of marks. */
export const MarkKind = { text: 0, log: 1, error: 2, start: 3, end: 4 } as const;

/** Names of record kinds as summaries print them, by number. */
export const RECORD_KIND_NAMES: readonly (string | undefined)[] = [
  undefined,
  'TLP',
  'Device map',
  'Completion timeout',
  'Reset',
  'Plug',
  'Unplug',
  'Driver bound',
  'Driver unbound',
  'Mark',
  'DMA fault',
  'Loss',
  'Power state',
  'Caller',
];

/** Downstream: from the root complex to the function. */
export const Direction = { none: 0, downstream: 1, upstream: 2 } as const;

/** Bits of `RecordHeader.flags`. */
export const RecordFlag = {
  /** The device's code answers, or answered, this read. */
  forwarded: 1 << 0,
  /** Answered from the register image. */
  plain: 1 << 1,
  timedOut: 1 << 2,
  /** The payload was cut to the tap's snap length. */
  truncated: 1 << 3,
  /** DMA that hits coherent (not streaming) memory. */
  coherent: 1 << 4,
  /** The MSI-X table or pending bit array. */
  msixTable: 1 << 5,
  /** No BAR claims the address, or the BAR is disabled. */
  unclaimed: 1 << 6,
  /** A memory write that is an MSI or MSI-X message; `detail` is the vector. */
  interrupt: 1 << 7,
  /** Reserved for fault injection. */
  faultInjected: 1 << 8,
  /** An access in I/O space, or its completion. */
  io: 1 << 9,
} as const;

/** Value of `RecordHeader.space` when no register space is meant. */
export const NO_SPACE = 255;

/** Decoded pseudo-header; one object is reused for many packets. 64-bit values are two 32-bit halves. */
export class RecordHeader {
  minor = VERSION_MINOR;
  /** Bytes to the body; more than 64 in a later minor version. */
  headerBytes = RECORD_HEADER_BYTES;
  kind = 0;
  direction = 0;
  flags = 0;
  domain = 0;
  /** Bus 8, device 5, function 3 bits: the function this packet belongs to. */
  function = 0;
  space = NO_SPACE;
  /** MSI: vector; reset, unplug, mark, DMA fault, power: see the format. */
  detail = 0;
  /** Counts the packets made from one event, from 0. */
  part = 0;
  /** Number of the event, unique in its endpoint; 0 if the packet comes from no event. */
  seqHi = 0;
  seqLo = 0;
  /** Completions and timeouts: number of the event that holds the request. */
  requestHi = 0;
  requestLo = 0;
  /** Nanoseconds since 1970 (CLOCK_REALTIME). */
  timeHi = 0;
  timeLo = 0;
  /** Of the first byte of this packet in the register space. */
  offsetHi = 0;
  offsetLo = 0;
  /** Bytes of the whole access, of which this packet may be a part. */
  access = 0;
  /** Completions and timeouts: nanoseconds since the request. */
  latency = 0;
}

/** Writes the pseudo-header at byte `at`; returns its length. */
export function encodeRecordHeader(header: RecordHeader, view: DataView, at: number): number {
  view.setUint32(at, MAGIC);
  view.setUint32(at + 4, (VERSION_MAJOR << 24) | (VERSION_MINOR << 16) | RECORD_HEADER_BYTES);
  view.setUint32(at + 8, (header.kind << 24) | (header.direction << 16) | header.flags);
  view.setUint32(at + 12, header.domain);
  view.setUint32(at + 16, (header.function << 16) | (header.space << 8));
  view.setUint32(at + 20, (header.detail << 16) | (header.part & 0xffff));
  view.setUint32(at + 24, header.seqHi);
  view.setUint32(at + 28, header.seqLo);
  view.setUint32(at + 32, header.requestHi);
  view.setUint32(at + 36, header.requestLo);
  view.setUint32(at + 40, header.timeHi);
  view.setUint32(at + 44, header.timeLo);
  view.setUint32(at + 48, header.offsetHi);
  view.setUint32(at + 52, header.offsetLo);
  view.setUint32(at + 56, header.access);
  view.setUint32(at + 60, header.latency);
  return RECORD_HEADER_BYTES;
}

/** Reads a pseudo-header; returns its length, or 0 if the bytes are not one of this major version. */
export function decodeRecordHeader(view: DataView, at: number, available: number, header: RecordHeader): number {
  if (available < RECORD_HEADER_BYTES || view.getUint32(at) !== MAGIC) return 0;
  const headerBytes = view.getUint16(at + 6);
  if (view.getUint8(at + 4) !== VERSION_MAJOR || headerBytes < RECORD_HEADER_BYTES || headerBytes > available) return 0;
  header.minor = view.getUint8(at + 5);
  header.headerBytes = headerBytes;
  header.kind = view.getUint8(at + 8);
  header.direction = view.getUint8(at + 9);
  header.flags = view.getUint16(at + 10);
  header.domain = view.getUint32(at + 12);
  header.function = view.getUint16(at + 16);
  header.space = view.getUint8(at + 18);
  header.detail = view.getUint16(at + 20);
  header.part = view.getUint16(at + 22);
  header.seqHi = view.getUint32(at + 24);
  header.seqLo = view.getUint32(at + 28);
  header.requestHi = view.getUint32(at + 32);
  header.requestLo = view.getUint32(at + 36);
  header.timeHi = view.getUint32(at + 40);
  header.timeLo = view.getUint32(at + 44);
  header.offsetHi = view.getUint32(at + 48);
  header.offsetLo = view.getUint32(at + 52);
  header.access = view.getUint32(at + 56);
  header.latency = view.getUint32(at + 60);
  return headerBytes;
}
