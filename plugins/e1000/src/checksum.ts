/** Sum of 16-bit big-endian words, not folded; an odd last byte counts as the upper half of a word. */
function sum(bytes: Uint8Array, from: number, to: number): number {
  let total = 0;
  let i = from;
  for (; i + 1 < to; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  return i < to ? total + ((bytes[i] as number) << 8) : total;
}

/** The Internet checksum (RFC 1071) of the bytes `from` to `to - 1`, with `extra` added to them. */
export function internetChecksum(bytes: Uint8Array, from: number, to: number, extra = 0): number {
  let total = sum(bytes, from, to) + extra;
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

export function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function read32(bytes: Uint8Array, at: number): number {
  return read16(bytes, at) * 0x10000 + read16(bytes, at + 2);
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  write16(bytes, at, (value >>> 16) & 0xffff);
  write16(bytes, at + 2, value & 0xffff);
}
