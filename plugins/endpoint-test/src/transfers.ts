import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Dma, DmaFault } from '@pciem/sdk';

/** More than any test asks for; a driver's mistake shall not eat all memory. */
const MAX_BYTES = 256 * 1024 * 1024;

export interface Outcome {
  /** Of the data, as the driver counts it. */
  readonly checksum: number;
  /** Which address the host has refused. */
  readonly fault: 'source' | 'destination' | undefined;
}

/** The DMA of the test commands. */
export class Transfers {
  readonly #dma: Dma;

  constructor(dma: Dma) {
    this.#dma = dma;
  }

  /** Reads the driver's memory. */
  read(source: number, size: number): Outcome {
    const data = allocate(size);
    const fault = attempt('source', data, () => this.#dma.readInto(source, data));
    return { checksum: checksumOf(data), fault };
  }

  /** Fills the driver's memory with random data. */
  write(destination: number, size: number): Outcome {
    const data = randomFillSync(allocate(size));
    const fault = attempt('destination', data, () => this.#dma.write(destination, data));
    return { checksum: checksumOf(data), fault };
  }

  copy(source: number, destination: number, size: number): Outcome {
    const data = allocate(size);
    const fault =
      attempt('source', data, () => this.#dma.readInto(source, data)) ??
      attempt('destination', data, () => this.#dma.write(destination, data));
    return { checksum: checksumOf(data), fault };
  }
}

function allocate(size: number): Uint8Array {
  return new Uint8Array(size <= MAX_BYTES ? size : 0);
}

function attempt(side: 'source' | 'destination', { length }: Uint8Array, move: () => void): Outcome['fault'] {
  if (length === 0) return side;
  try {
    move();
    return undefined;
  } catch (error) {
    if (error instanceof DmaFault) return side;
    throw error;
  }
}

/** CRC-32 of Linux's crc32_le(~0, ...): without the inversion at the end. */
function checksumOf(data: Uint8Array): number {
  return ~crc32(data) >>> 0;
}
