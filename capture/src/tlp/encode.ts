import { headerDwords, Layout, layoutOf } from './fmt-type.ts';
import type { TlpHeader } from './header.ts';

/**
 * Writes prefixes and header at byte `at` and returns their length in bytes. Fields are masked to their widths and
 * not checked further (`checkTlp` does that); a `fmtType` that is no TLP throws a RangeError.
 */
export function encodeTlpHeader(header: TlpHeader, view: DataView, at: number): number {
  let next = at;
  for (let i = 0; i < header.prefixCount; i++, next += 4) view.setUint32(next, header.prefixes[i] as number);
  view.setUint32(next, firstDword(header));
  const fmtType = header.fmtType;
  switch (layoutOf(fmtType)) {
    case Layout.address:
      encodeAddress(header, view, next);
      break;
    case Layout.config:
      view.setUint32(next + 4, requestDword(header) | byteEnables(header));
      view.setUint32(next + 8, ((header.target & 0xffff) << 16) | (header.register & 0xffc));
      break;
    case Layout.completion:
      encodeCompletion(header, view, next);
      break;
    case Layout.message:
      view.setUint32(next + 4, requestDword(header) | (header.messageCode & 0xff));
      view.setUint32(next + 8, header.messageHi);
      view.setUint32(next + 12, header.messageLo);
      break;
    default:
      throw new RangeError(`fmtType 0x${fmtType.toString(16)} is not the first byte of a TLP header; see FmtType`);
  }
  return next + headerDwords(fmtType) * 4 - at;
}

function firstDword(header: TlpHeader): number {
  const tag = header.tag;
  const attr = header.attr;
  return (
    (header.fmtType << 24) |
    (((tag >> 9) & 1) << 23) |
    ((header.tc & 7) << 20) |
    (((tag >> 8) & 1) << 19) |
    (((attr >> 2) & 1) << 18) |
    ((header.ln & 1) << 17) |
    ((header.th & 1) << 16) |
    ((header.td & 1) << 15) |
    ((header.ep & 1) << 14) |
    ((attr & 3) << 12) |
    ((header.at & 3) << 10) |
    (header.length & 0x3ff)
  );
}

function requestDword(header: TlpHeader): number {
  return ((header.requester & 0xffff) << 16) | ((header.tag & 0xff) << 8);
}

function byteEnables(header: TlpHeader): number {
  return ((header.lastBe & 0xf) << 4) | (header.firstBe & 0xf);
}

function encodeAddress(header: TlpHeader, view: DataView, at: number): void {
  view.setUint32(at + 4, requestDword(header) | byteEnables(header));
  const low = header.th ? header.addressLo : header.addressLo & ~3;
  if (headerDwords(header.fmtType) === 3) {
    view.setUint32(at + 8, low);
    return;
  }
  view.setUint32(at + 8, header.addressHi);
  view.setUint32(at + 12, low);
}

function encodeCompletion(header: TlpHeader, view: DataView, at: number): void {
  view.setUint32(
    at + 4,
    ((header.completer & 0xffff) << 16) |
      ((header.status & 7) << 13) |
      ((header.bcm & 1) << 12) |
      (header.byteCount & 0xfff),
  );
  view.setUint32(at + 8, requestDword(header) | (header.lowerAddress & 0x7f));
}
