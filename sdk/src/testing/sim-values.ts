/** A read that nobody answers (PCIe 6.0 2.3.2). */
export const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** All-ones of `size` bytes. */
export function ones(size: number): bigint {
  return BigInt.asUintN(8 * size, ALL_ONES);
}

/** At most 8 little-endian bytes as a number. */
export function numberIn(bytes: Uint8Array): bigint {
  const data = new Uint8Array(8);
  data.set(bytes);
  return new DataView(data.buffer).getBigUint64(0, true);
}

/** The low `size` bytes of a value, little-endian. */
export function bytesOf(value: bigint, size: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer, 0, size);
}

/** Length of the naturally aligned piece that starts at `byte` and whose bytes are all enabled: 1, 2, 4 or 8. */
export function runOf(enables: number, offset: number, byte: number, length: number): number {
  for (const size of [8, 4, 2]) {
    const mask = 2 ** size - 1;
    const fits = (offset + byte) % size === 0 && byte + size <= length;
    if (fits && ((enables >>> byte) & mask) === mask) return size;
  }
  return 1;
}
