import { hasData, headerDwords, Layout, layoutOf } from './fmt-type.ts';
import { MAX_PREFIXES, type TlpHeader } from './header.ts';

/** `decodeTlpHeader`: the bytes end before the header does. */
export const TLP_TRUNCATED = 0;
/** `decodeTlpHeader`: the first byte is no TLP's. */
export const TLP_UNKNOWN = -1;

/**
 * Reads prefixes and header from `available` bytes at byte `at` into `header`. Returns their length in bytes, or
 * `TLP_TRUNCATED` or `TLP_UNKNOWN`. Fields that the kind of TLP does not have keep their values.
 */
export function decodeTlpHeader(view: DataView, at: number, available: number, header: TlpHeader): number {
  const end = at + available;
  let next = at;
  header.prefixCount = 0;
  while (next + 4 <= end && layoutOf(view.getUint8(next)) === Layout.prefix) {
    if (header.prefixCount === MAX_PREFIXES) return TLP_UNKNOWN;
    header.prefixes[header.prefixCount++] = view.getUint32(next);
    next += 4;
  }
  if (next + 4 > end) return TLP_TRUNCATED;
  const fmtType = view.getUint8(next);
  const layout = layoutOf(fmtType);
  if (layout === Layout.unknown) return TLP_UNKNOWN;
  const bytes = headerDwords(fmtType) * 4;
  if (next + bytes > end) return TLP_TRUNCATED;

  decodeFirstDword(view.getUint32(next), header);
  if (layout === Layout.completion) decodeCompletion(view, next, header);
  else decodeRequest(view, next, layout, header);
  return next + bytes - at;
}

/** Whole length of a TLP in bytes, from a header whose prefixes and header take `headerBytes`. */
export function tlpBytes(header: TlpHeader, headerBytes: number): number {
  return headerBytes + (hasData(header.fmtType) ? header.length * 4 : 0) + (header.td ? 4 : 0);
}

function decodeFirstDword(dword: number, header: TlpHeader): void {
  header.fmtType = dword >>> 24;
  header.tag = (((dword >>> 23) & 1) << 9) | (((dword >>> 19) & 1) << 8);
  header.tc = (dword >>> 20) & 7;
  header.attr = (((dword >>> 18) & 1) << 2) | ((dword >>> 12) & 3);
  header.ln = (dword >>> 17) & 1;
  header.th = (dword >>> 16) & 1;
  header.td = (dword >>> 15) & 1;
  header.ep = (dword >>> 14) & 1;
  header.at = (dword >>> 10) & 3;
  header.length = dword & 0x3ff;
  // Zero means 1024, except where the field is reserved: completions and messages without data.
  if (header.length === 0 && !lengthIsReserved(header.fmtType)) header.length = 1024;
}

function lengthIsReserved(fmtType: number): boolean {
  const layout = layoutOf(fmtType);
  return !hasData(fmtType) && (layout === Layout.completion || layout === Layout.message);
}

function decodeRequest(view: DataView, at: number, layout: Layout, header: TlpHeader): void {
  const dword = view.getUint32(at + 4);
  header.requester = dword >>> 16;
  header.tag |= (dword >>> 8) & 0xff;
  if (layout === Layout.message) {
    header.messageCode = dword & 0xff;
    header.messageHi = view.getUint32(at + 8);
    header.messageLo = view.getUint32(at + 12);
    return;
  }
  header.lastBe = (dword >>> 4) & 0xf;
  header.firstBe = dword & 0xf;
  if (layout === Layout.config) {
    header.target = view.getUint16(at + 8);
    header.register = view.getUint16(at + 10) & 0xffc;
    return;
  }
  const wide = headerDwords(header.fmtType) === 4;
  const low = view.getUint32(at + (wide ? 12 : 8));
  header.addressHi = wide ? view.getUint32(at + 8) : 0;
  header.addressLo = header.th ? low : (low & ~3) >>> 0;
}

function decodeCompletion(view: DataView, at: number, header: TlpHeader): void {
  const dword = view.getUint32(at + 4);
  header.completer = dword >>> 16;
  header.status = (dword >>> 13) & 7;
  header.bcm = (dword >>> 12) & 1;
  header.byteCount = dword & 0xfff || 4096;
  const last = view.getUint32(at + 8);
  header.requester = last >>> 16;
  header.tag |= (last >>> 8) & 0xff;
  header.lowerAddress = last & 0x7f;
}
