// Buckets of equal relative width: each power of two is divided into 2^SUB_BITS equal parts.
const SUB_BITS = 5;
const SUB = 1 << SUB_BITS;
/** Values from 2^OCTAVES on share the last bucket: nanoseconds up to 9 hours. */
const OCTAVES = 45;
const BUCKETS = (OCTAVES - SUB_BITS + 1) * SUB;

/** A quantile is wrong by at most this part of itself: half a bucket. */
export const QUANTILE_ERROR = 1 / (2 * SUB);

/** What a distribution looks like; nanoseconds when it is of times. `min`, `max` and `avg` are exact. */
export interface Distribution {
  count: number;
  min: number;
  avg: number;
  /** At most 1.6 % off (`QUANTILE_ERROR`). */
  p50: number;
  p99: number;
  max: number;
  /** Numbers of the packets at which minimum and maximum were seen first. */
  minFrame: number;
  maxFrame: number;
}

/** Counts whole numbers from 0 on in bounded memory (under 6 KiB) and answers quantiles. */
export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #min = 0;
  #max = 0;
  #minFrame = 0;
  #maxFrame = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a value; `frame` is the packet to name if it is the smallest or largest. Negative values count as 0. */
  add(value: number, frame: number): void {
    const whole = Math.max(value, 0);
    const bucket = bucketOf(whole);
    this.#buckets[bucket] = (this.#buckets[bucket] as number) + 1;
    if (this.#count === 0 || whole < this.#min) {
      this.#min = whole;
      this.#minFrame = frame;
    }
    if (this.#count === 0 || whole > this.#max) {
      this.#max = whole;
      this.#maxFrame = frame;
    }
    this.#count++;
    this.#sum += whole;
  }

  /** The smallest value that at least `part` (0 to 1) of all values do not exceed, within `QUANTILE_ERROR`. */
  quantile(part: number): number {
    const wanted = Math.max(1, Math.ceil(part * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#buckets[bucket] as number;
      if (seen >= wanted) return Math.min(this.#max, Math.max(this.#min, middleOf(bucket)));
    }
    return this.#max;
  }

  /** Buckets that are not empty: values from `from` up to but not including `to`. */
  bars(): { from: number; to: number; count: number }[] {
    const bars: { from: number; to: number; count: number }[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const count = this.#buckets[bucket] as number;
      if (count > 0) bars.push({ from: startOf(bucket), to: startOf(bucket + 1), count });
    }
    return bars;
  }

  summary(): Distribution {
    return {
      count: this.#count,
      min: this.#min,
      avg: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.quantile(0.5),
      p99: this.quantile(0.99),
      max: this.#max,
      minFrame: this.#minFrame,
      maxFrame: this.#maxFrame,
    };
  }
}

function bucketOf(value: number): number {
  if (value < SUB) return Math.floor(value);
  const octave = value < 0x8000_0000 ? 31 - Math.clz32(value) : Math.floor(Math.log2(value));
  if (octave >= OCTAVES) return BUCKETS - 1;
  return (octave - SUB_BITS) * SUB + Math.floor(value / 2 ** (octave - SUB_BITS));
}

function startOf(bucket: number): number {
  if (bucket < 2 * SUB) return bucket;
  const octave = (bucket >> SUB_BITS) - 1;
  return (SUB + (bucket & (SUB - 1))) * 2 ** octave;
}

/** Below 2 * SUB a bucket is one whole number, which is exact. */
function middleOf(bucket: number): number {
  const start = startOf(bucket);
  return bucket < 2 * SUB ? start : (start + startOf(bucket + 1)) / 2;
}
