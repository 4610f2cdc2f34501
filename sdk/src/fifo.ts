/**
 * Numbers of up to 32 bits in the order in which they came, of a fixed depth as in hardware; for registers whose writes
 * push and whose reads take. Allocates nothing after its construction.
 */
export class Fifo {
  readonly depth: number;
  readonly #values: Uint32Array;
  #first = 0;
  #length = 0;

  constructor(depth: number) {
    if (!Number.isInteger(depth) || depth < 1)
      throw new RangeError(`a FIFO of depth ${depth}: use a whole number from 1`);
    this.depth = depth;
    this.#values = new Uint32Array(depth);
  }

  get length(): number {
    return this.#length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get isFull(): boolean {
    return this.#length === this.depth;
  }

  /** False if it is full: the value is lost, as in an overrun. */
  push(value: number): boolean {
    if (this.isFull) return false;
    this.#values[(this.#first + this.#length) % this.depth] = value;
    this.#length++;
    return true;
  }

  /** Takes the oldest value; `otherwise`, 0 when left out, if there is none. */
  take(otherwise = 0): number {
    if (this.isEmpty) return otherwise;
    const value = this.#values[this.#first] as number;
    this.#first = (this.#first + 1) % this.depth;
    this.#length--;
    return value;
  }

  /** The oldest value, which stays. */
  peek(otherwise = 0): number {
    return this.isEmpty ? otherwise : (this.#values[this.#first] as number);
  }

  clear(): void {
    this.#length = 0;
  }
}
