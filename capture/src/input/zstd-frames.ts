// Where the frames of a Zstandard stream end (RFC 8878 3.1): Node's decoder stops at the end of the first one.

const MAGIC = 0xfd2fb528;
/** Frames of user data, which decoders skip: sixteen magic numbers. */
const SKIPPABLE = 0x184d2a50;
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

type Step = 'magic' | 'descriptor' | 'block' | 'size';

/** Finds the ends of frames in bytes that come in pieces of any length. */
export class ZstdFrames {
  /** The header that is being read, and how long it is. */
  readonly #header = new Uint8Array(4);
  #have = 0;
  #need = 4;
  #step: Step = 'magic';
  /** Bytes to pass over before the next header. */
  #skip = 0;
  #checksum = 0;
  #isLast = false;

  /** Bytes from `from` on that belong to the current frame; `ends`: it is over with them. */
  take(chunk: Uint8Array, from: number): { to: number; ends: boolean } {
    let at = from;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const count = Math.min(this.#skip, chunk.length - at);
        this.#skip -= count;
        at += count;
      } else {
        this.#header[this.#have++] = chunk[at++] as number;
        if (this.#have === this.#need) this.#next();
      }
      if (this.#isLast && this.#skip === 0) {
        this.#expect('magic', 4);
        this.#isLast = false;
        return { to: at, ends: true };
      }
    }
    return { to: at, ends: false };
  }

  #next(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#header;
    const value = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
    switch (this.#step) {
      case 'magic':
        if (value === MAGIC) this.#expect('descriptor', 1);
        else if ((value & 0xffff_fff0) >>> 0 === SKIPPABLE) this.#expect('size', 4);
        // Not a frame: the decoder will say so.
        else this.#skip = Number.POSITIVE_INFINITY;
        break;
      case 'size':
        this.#skip = value;
        this.#isLast = true;
        break;
      case 'descriptor':
        this.#skip = restOfHeader(a);
        this.#checksum = a & 4 ? CHECKSUM_BYTES : 0;
        this.#expect('block', BLOCK_HEADER_BYTES);
        break;
      case 'block': {
        const block = a | (b << 8) | (c << 16);
        const isRle = ((block >> 1) & 3) === RLE_BLOCK;
        this.#isLast = (block & 1) === 1;
        this.#skip = (isRle ? 1 : block >> 3) + (this.#isLast ? this.#checksum : 0);
        this.#expect('block', BLOCK_HEADER_BYTES);
        break;
      }
    }
  }

  #expect(step: Step, need: number): void {
    this.#step = step;
    this.#need = need;
    this.#have = 0;
    this.#header.fill(0);
  }
}

/** Bytes of the frame header behind its descriptor. */
function restOfHeader(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const size = CONTENT_SIZE_BYTES[descriptor >> 6] as number;
  const window = isSingleSegment ? 0 : 1;
  return window + (DICTIONARY_ID_BYTES[descriptor & 3] as number) + (isSingleSegment && size === 0 ? 1 : size);
}
