import { hasData, headerDwords, isAtomic, Layout, layoutOf, tlpName } from './fmt-type.ts';
import { CplStatus, type TlpHeader } from './header.ts';

const FIRST_CONTIGUOUS = [0xf, 0xe, 0xc, 0x8];
const LAST_CONTIGUOUS = [0xf, 0x7, 0x3, 0x1];

/** Checks one TLP by itself; `payload` is its payload's length in bytes. Returns what is wrong, in words. */
export function checkHeader(header: TlpHeader, payload: number): string[] {
  const problems: string[] = [];
  const layout = layoutOf(header.fmtType);
  if (layout === Layout.unknown || layout === Layout.prefix) return [`0x${header.fmtType.toString(16)} is no TLP`];
  checkLength(header, payload, problems);
  if (layout === Layout.address) checkAddress(header, problems);
  else if (layout === Layout.config) checkConfig(header, problems);
  else if (layout === Layout.completion) checkCompletion(header, problems);
  return problems;
}

function checkLength(header: TlpHeader, payload: number, problems: string[]): void {
  const expected = hasData(header.fmtType) ? header.length * 4 : 0;
  if (payload !== expected) problems.push(`payload of ${payload} bytes where the header says ${expected}`);
  const layout = layoutOf(header.fmtType);
  const reserved = !hasData(header.fmtType) && (layout === Layout.completion || layout === Layout.message);
  if (reserved && header.length !== 0) problems.push(`length ${header.length} where it is reserved`);
}

function checkAddress(header: TlpHeader, problems: string[]): void {
  const name = tlpName(header.fmtType);
  if (name === 'IORd' || name === 'IOWr') {
    checkOneDword(header, problems);
    return;
  }
  if (headerDwords(header.fmtType) === 4 && header.addressHi === 0) problems.push('4 DW header below 4 GiB');
  if (isAtomic(header.fmtType)) {
    checkAtomic(header, problems);
    return;
  }
  if ((header.addressLo & 0xffc) + header.length * 4 > 4096) problems.push('request crosses 4 KiB');
  if (!header.th) checkByteEnables(header, problems);
}

function checkByteEnables({ firstBe, lastBe, length, addressLo }: TlpHeader, problems: string[]): void {
  if (length === 1) {
    if (lastBe !== 0) problems.push(`last byte enables ${lastBe} of a request of 1 DW`);
    return;
  }
  if (firstBe === 0 || lastBe === 0) problems.push('no byte enabled in the first or last of several DWs');
  if (length === 2 && (addressLo & 7) === 0) return;
  if (!FIRST_CONTIGUOUS.includes(firstBe) || !LAST_CONTIGUOUS.includes(lastBe)) {
    problems.push(`byte enables ${firstBe}, ${lastBe} are not contiguous`);
  }
}

function checkAtomic(header: TlpHeader, problems: string[]): void {
  const cas = tlpName(header.fmtType) === 'CAS';
  if (!(cas ? [2, 4, 8] : [1, 2]).includes(header.length)) problems.push(`atomic of ${header.length} DW`);
  const operand = header.length * (cas ? 2 : 4);
  if ((header.addressLo & ~3) % operand !== 0) problems.push(`atomic of ${operand} bytes is not aligned`);
  if (!header.th && (header.firstBe !== 0 || header.lastBe !== 0))
    problems.push('byte enables of an atomic are reserved');
}

function checkConfig(header: TlpHeader, problems: string[]): void {
  checkOneDword(header, problems);
  if (header.register > 0xffc) problems.push(`register ${header.register} is beyond configuration space`);
}

/** I/O and configuration requests (PCIe 5.0 2.2.7.1). */
function checkOneDword(header: TlpHeader, problems: string[]): void {
  if (header.length !== 1) problems.push(`length ${header.length}, must be 1`);
  if (header.lastBe !== 0) problems.push(`last byte enables ${header.lastBe}, must be 0`);
  if (header.tc !== 0 || header.attr !== 0 || header.at !== 0) problems.push('TC, Attr and AT must be 0');
}

function checkCompletion(header: TlpHeader, problems: string[]): void {
  const known: number[] = Object.values(CplStatus);
  if (!known.includes(header.status)) problems.push(`completion status ${header.status} is reserved`);
  if (header.status !== CplStatus.SC && hasData(header.fmtType)) problems.push('data with an unsuccessful status');
}
