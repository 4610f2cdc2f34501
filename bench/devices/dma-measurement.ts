import { type Dma, type DmaOp, dmaOp } from '@pciem/sdk';
import { DMA_BYTES, type DmaCase } from '../dma-cases.ts';

/** At least so much is copied for one measurement, so that the clock does not matter. */
const BYTES = 8 * 2 ** 20;
const MIN_CALLS = 8;
const MAX_CALLS = 2000;

const inside = new Uint8Array(DMA_BYTES);
const elsewhere = new Uint8Array(DMA_BYTES);

/** Microseconds of one call, and of the same copies within the memory of the device's own process. */
export function measureCopies(
  { count, bytes, write }: DmaCase,
  dma: Dma,
  address: number,
): Record<'pciem' | 'baseline', number> {
  const ops = Array.from({ length: count }, (_, i) => opAt(i * bytes, bytes, write, address));
  const calls = Math.min(MAX_CALLS, Math.max(MIN_CALLS, Math.ceil(BYTES / (count * bytes))));
  const copied = microsecondsOf(calls, () => {
    if (dma.transfer(ops) !== 0) throw new Error(`DMA was refused with status ${ops[0]?.status}`);
  });
  const baseline = microsecondsOf(calls, () => {
    for (let at = 0; at < count * bytes; at += bytes) elsewhere.set(inside.subarray(at, at + bytes), at);
  });
  return { pciem: copied, baseline };
}

function opAt(offset: number, length: number, write: boolean, address: number): DmaOp {
  return Object.assign(dmaOp(inside), { address: address + offset, offset, length, write });
}

function microsecondsOf(calls: number, call: () => void): number {
  // What is compiled or mapped late is not to be measured.
  for (let i = 0; i < calls / 4; i++) call();
  const start = performance.now();
  for (let i = 0; i < calls; i++) call();
  return ((performance.now() - start) * 1000) / calls;
}
