// How one transfer becomes several TLPs (PCIe 5.0 2.2.2, 2.3.1.1). The functions look only at the low 12 bits of an
// address and allocate nothing: callers loop with them.

/**
 * Bytes of the next request of a transfer of `left` bytes at `address`. `limit` is Max_Payload_Size for writes,
 * Max_Read_Request_Size for reads: a power of two from 128 to 4096. Requests are cut at multiples of it, and so
 * never cross 4 KiB.
 */
export function nextRequest(address: number, left: number, limit: number): number {
  const room = limit - (address & (limit - 1));
  return Math.min(left, room);
}

/**
 * Bytes of the next completion of a read of which `left` bytes at `address` are still to come. As few completions as
 * `mps` (Max_Payload_Size) allows; all but the last end at a multiple of `rcb` (read completion boundary, 64 or 128).
 */
export function nextCompletion(address: number, left: number, mps: number, rcb: number): number {
  const start = address & 0xfff;
  const furthest = (start & ~3) + mps;
  if (start + left <= furthest) return left;
  return (furthest & ~(rcb - 1)) - start;
}
