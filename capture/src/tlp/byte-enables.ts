// Byte enables and what completions derive from them (PCIe 5.0 2.2.5, 2.3.1.1).

/** DWs that `length` bytes from `address` touch; 1 for no bytes (a zero-length read). */
export function dwordsSpanned(address: number, length: number): number {
  return length === 0 ? 1 : ((address & 3) + length + 3) >>> 2;
}

/** First DW byte enables of `length` bytes from `address`, of which only bits 1:0 matter. */
export function firstByteEnables(address: number, length: number): number {
  const lead = address & 3;
  if (length >= 4 - lead) return (0xf << lead) & 0xf;
  return ((1 << length) - 1) << lead;
}

/** Last DW byte enables; 0 when the bytes lie in one DW. */
export function lastByteEnables(address: number, length: number): number {
  if (dwordsSpanned(address, length) === 1) return 0;
  const trail = ((address & 3) + length) & 3;
  return trail === 0 ? 0xf : (1 << trail) - 1;
}

/** Bytes that a memory read's completions carry in all, enabled or between enabled ones; 1 for a zero-length read. */
export function enabledBytes(firstBe: number, lastBe: number, dwords: number): number {
  if (dwords === 1) {
    if (firstBe === 0) return 1;
    return highestBit(firstBe) - lowestBit(firstBe) + 1;
  }
  return dwords * 4 - lowestBit(firstBe) - (3 - highestBit(lastBe));
}

/** Offset in its DW of the first enabled byte; 0 for a zero-length read. */
export function firstEnabledByte(firstBe: number): number {
  return firstBe === 0 ? 0 : lowestBit(firstBe);
}

function lowestBit(enables: number): number {
  return 31 - Math.clz32(enables & -enables);
}

function highestBit(enables: number): number {
  return 31 - Math.clz32(enables);
}
