import type { FigureDefinition } from './figure.ts';

/** Copies between the driver's memory and the device's, in one call. */
export interface DmaCase extends FigureDefinition {
  /** Accesses in the call. */
  count: number;
  /** Bytes of each. */
  bytes: number;
  write: boolean;
  quick: boolean;
}

const KIB = 1024;

function copies(
  count: number,
  bytes: number,
  title: string,
  options: { write?: boolean; quick?: boolean } = {},
): DmaCase {
  const { write = false, quick = false } = options;
  return { id: `dma-${write ? 'write' : 'read'}-${count}x${bytes}`, title, unit: 'us', count, bytes, write, quick };
}

/** Part 3. All fit into the 4 MiB that the driver maps. */
export const dmaCases: readonly DmaCase[] = [
  copies(1, 64, 'DMA read, 64 B', { quick: true }),
  copies(1, 4 * KIB, 'DMA read, 4 KiB', { quick: true }),
  copies(1, 64 * KIB, 'DMA read, 64 KiB'),
  copies(1, 512 * KIB, 'DMA read, 512 KiB'),
  copies(1, 4096 * KIB, 'DMA read, 4 MiB', { quick: true }),
  copies(1, 4 * KIB, 'DMA write, 4 KiB', { write: true }),
  copies(1, 512 * KIB, 'DMA write, 512 KiB', { write: true }),
  copies(32, 64, '32 × 64 B in one call'),
  copies(32, 4 * KIB, '32 × 4 KiB in one call', { quick: true }),
  copies(512, 4 * KIB, '512 × 4 KiB in one call'),
];

/** Bytes that the driver maps for the copies. */
export const DMA_BYTES = 4096 * KIB;
