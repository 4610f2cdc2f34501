/** How values that fall into one bucket combine: added up, or the largest counts. */
export type Combine = 'sum' | 'max';

/**
 * Numbers over time in a bounded number of buckets. When time runs past the last one, buckets are joined in pairs,
 * so that a series has between half and all of its buckets, however long the capture is.
 */
export class TimeSeries {
  readonly #combine: Combine;
  readonly #buckets: Float64Array;
  #width: number;

  /** `firstWidth` nanoseconds is the width of a bucket at first. */
  constructor(combine: Combine = 'sum', buckets = 1024, firstWidth = 1000) {
    this.#combine = combine;
    this.#buckets = new Float64Array(buckets);
    this.#width = firstWidth;
  }

  /** Nanoseconds of one bucket. */
  get width(): number {
    return this.#width;
  }

  /** Adds at `time` nanoseconds since the start; times before it count as 0. */
  add(time: number, value: number): void {
    let bucket = time > 0 ? Math.floor(time / this.#width) : 0;
    while (bucket >= this.#buckets.length) {
      this.#halve();
      bucket = Math.floor(time / this.#width);
    }
    const before = this.#buckets[bucket] as number;
    this.#buckets[bucket] = this.#combine === 'sum' ? before + value : Math.max(before, value);
  }

  /** The values from `start` to `end` nanoseconds in `columns` equal columns; parts of buckets are shared out. */
  columns(columns: number, start: number, end: number): number[] {
    const result = new Array<number>(columns).fill(0);
    const span = Math.max(end - start, 1) / columns;
    for (let bucket = 0; bucket < this.#buckets.length; bucket++) {
      const value = this.#buckets[bucket] as number;
      if (value === 0) continue;
      this.#share(result, value, (bucket * this.#width - start) / span, ((bucket + 1) * this.#width - start) / span);
    }
    return result;
  }

  #share(result: number[], value: number, from: number, to: number): void {
    const last = result.length - 1;
    // A capture may begin or end within a bucket.
    const first = Math.min(Math.max(Math.floor(from), 0), last);
    const end = Math.min(Math.max(Math.ceil(to) - 1, first), last);
    for (let column = first; column <= end; column++) {
      if (this.#combine === 'max') {
        result[column] = Math.max(result[column] as number, value);
        continue;
      }
      const low = column === first ? Number.NEGATIVE_INFINITY : column;
      const high = column === end ? Number.POSITIVE_INFINITY : column + 1;
      const part = (Math.min(to, high) - Math.max(from, low)) / (to - from);
      result[column] = (result[column] as number) + value * part;
    }
  }

  #halve(): void {
    const buckets = this.#buckets;
    const half = buckets.length / 2;
    for (let i = 0; i < half; i++) {
      const left = buckets[2 * i] as number;
      const right = buckets[2 * i + 1] as number;
      buckets[i] = this.#combine === 'sum' ? left + right : Math.max(left, right);
    }
    buckets.fill(0, half);
    this.#width *= 2;
  }
}
