import { type Dma, hex } from '@pciem/sdk';

/** Where the buffer seems to be in the device's own address space. */
const BUFFER = 0x4_0000;
const BUFFER_BYTES = 4096;

/** Moves data between the driver's memory and the buffer in the device. */
export class DmaEngine {
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #dma: Dma;
  readonly #mask: number;

  /** `mask`: the address bits that the device has, from bit 0 on without a gap. */
  constructor(dma: Dma, mask: number) {
    this.#dma = dma;
    this.#mask = mask;
  }

  /** One of the addresses is in the buffer. Throws a RangeError if it is not, and a DmaFault if memory is refused. */
  run(source: number, destination: number, count: number, toMemory: boolean): void {
    const inBuffer = toMemory ? source : destination;
    const start = inBuffer - BUFFER;
    if (start < 0 || start + count > BUFFER_BYTES) {
      throw new RangeError(
        `${count} bytes at ${hex(inBuffer)} are not inside the buffer, ${hex(BUFFER)} to ${hex(BUFFER + BUFFER_BYTES - 1)}`,
      );
    }
    const part = this.#buffer.subarray(start, start + count);
    if (toMemory) this.#dma.write(this.#onBus(destination), part);
    else this.#dma.readInto(this.#onBus(source), part);
  }

  reset(): void {
    this.#buffer.fill(0);
  }

  /** Address bits that the device does not have are lost, as on the bus of a real one. */
  #onBus(address: number): number {
    return address % (this.#mask + 1);
  }
}
