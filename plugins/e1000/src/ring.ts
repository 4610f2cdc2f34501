/** Bytes of a descriptor. */
export const DESCRIPTOR = 16;

/** Registers of a descriptor ring. */
export interface RingRegisters {
  readonly addressLow: { readonly value: number };
  readonly addressHigh: { readonly value: number };
  readonly length: { readonly value: number };
  readonly head: { value: number };
  readonly tail: { readonly value: number };
}

/** A ring of descriptors in the driver's memory. Head and tail beyond its end count as an empty ring. */
export class Ring {
  readonly #registers: RingRegisters;

  constructor(registers: RingRegisters) {
    this.#registers = registers;
  }

  get size(): number {
    return this.#registers.length.value / DESCRIPTOR;
  }

  get head(): number {
    return this.#registers.head.value;
  }

  /** Descriptors that the driver has given to the device. */
  get available(): number {
    const { size, head } = this;
    const tail = this.#registers.tail.value;
    if (head >= size || tail >= size) return 0;
    return (tail - head + size) % size;
  }

  /** Of these, how many lie in one piece. */
  get contiguous(): number {
    return Math.min(this.available, this.size - this.head);
  }

  /** Bus address of the descriptor `n` after the head. */
  address(n: number): number {
    const index = (this.head + n) % this.size;
    return this.#registers.addressHigh.value * 2 ** 32 + this.#registers.addressLow.value + index * DESCRIPTOR;
  }

  /** The device is done with the first `count` of them. */
  advance(count: number): void {
    this.#registers.head.value = (this.head + count) % this.size;
  }
}
