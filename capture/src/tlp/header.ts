/** Completion status (PCIe 5.0 2.2.9). */
export const CplStatus = { SC: 0, UR: 1, CRS: 2, CA: 4 } as const;

/** At most this many prefixes are kept; the specification allows 4 end-to-end ones and few local ones. */
export const MAX_PREFIXES = 8;

/**
 * All fields of a TLP header. One object is reused for many TLPs: encoding and decoding allocate nothing.
 * A field that the TLP's kind does not have is left alone by `decodeTlpHeader` and ignored by `encodeTlpHeader`.
 */
export class TlpHeader {
  /** Fmt and Type, the first byte. */
  fmtType = 0;
  /** Traffic class, 0 to 7. */
  tc = 0;
  /** Attr[2:0]: ID-based ordering, relaxed ordering, no snoop. */
  attr = 0;
  /** Lightweight notification. */
  ln = 0;
  /** Processing hints present. */
  th = 0;
  /** A digest (ECRC) DW follows the payload. */
  td = 0;
  /** Poisoned. */
  ep = 0;
  /** Address type: 0 untranslated, 1 translation request, 2 translated. */
  at = 0;
  /** DWs of payload, or of a read's result: 1 to 1024; 0 in Cpl, CplLk and Msg. */
  length = 0;
  /** Requester ID: bus 8, device 5, function 3 bits. */
  requester = 0;
  /** 10 bits. */
  tag = 0;
  /** First and last DW byte enables; bit 0 is the byte at the lowest address. */
  firstBe = 0;
  lastBe = 0;
  /** Address as two 32-bit halves; bits 1:0 are processing hints when `th` is set. */
  addressHi = 0;
  addressLo = 0;
  /** Configuration requests: the addressed function's bus, device and function. */
  target = 0;
  /** Configuration requests: byte offset of the register's DW, 0 to 4092. */
  register = 0;
  /** Completer ID. */
  completer = 0;
  /** Completion status, `CplStatus`. */
  status = 0;
  /** Byte count modified (PCI-X bridges only). */
  bcm = 0;
  /** Bytes still to come including this completion's, 1 to 4096. */
  byteCount = 0;
  /** Low 7 bits of the address of the first byte returned. */
  lowerAddress = 0;
  messageCode = 0;
  /** Bytes 8 to 15 of a message. */
  messageHi = 0;
  messageLo = 0;
  /** Prefix DWs in the order of transmission. */
  prefixCount = 0;
  readonly prefixes = new Uint32Array(MAX_PREFIXES);
}
