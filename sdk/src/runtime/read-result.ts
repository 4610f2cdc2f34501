/** The data of the last read, as two halves so that no bigint is made. */
export class ReadResult {
  /** Bits 31:0, unsigned. */
  low = 0;
  /** Bits 63:32, unsigned. */
  high = 0;

  set(low: number, high: number): void {
    this.low = low;
    this.high = high;
  }
}
