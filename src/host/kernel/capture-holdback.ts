import { eachBlock, isPacket, isPreamble } from '@pciem/capture/recorder';

/** Bytes that are held at most, however many packets are asked for. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Holds packets back until `release`, and then lets the last ones go. What explains them passes at once. */
export class HoldBack {
  readonly #write: (chunk: Uint8Array) => void;
  readonly #packets: number;
  readonly #maxBytes: number;
  /** Oldest first. */
  readonly #held: { bytes: Uint8Array; packets: number }[] = [];
  #heldPackets = 0;
  #heldBytes = 0;
  #released = false;

  /** `packets`: how many of them are let go. */
  constructor(write: (chunk: Uint8Array) => void, packets: number, maxBytes = MAX_BYTES) {
    this.#write = write;
    this.#packets = packets;
    this.#maxBytes = maxBytes;
  }

  /** Takes whole blocks. */
  write = (chunk: Uint8Array): void => {
    if (this.#released) {
      this.#write(chunk);
      return;
    }
    const bytes = chunk.slice();
    let packets = 0;
    let from = 0;
    // What explains the packets comes first, so that it is all in front.
    eachBlock(bytes, (view, at, length) => {
      if (isPreamble(view, at)) {
        this.#write(bytes.subarray(at, at + length));
        if (at === from) from += length;
        else view.setUint32(at, SKIPPED, true);
      } else if (isPacket(view, at)) packets += 1;
    });
    this.#hold(bytes.subarray(from), packets);
  };

  /** Lets the last packets go, and from now on everything. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    let surplus = this.#heldPackets - this.#packets;
    for (const { bytes } of this.#held.splice(0)) {
      eachBlock(bytes, (view, at, length) => {
        if (view.getUint32(at, true) === SKIPPED) return;
        if (isPacket(view, at) && surplus-- > 0) return;
        // Statistics from before the first packet would say nothing.
        if (surplus <= 0) this.#write(bytes.subarray(at, at + length));
      });
    }
  }

  #hold(bytes: Uint8Array, packets: number): void {
    if (bytes.length === 0) return;
    this.#held.push({ bytes, packets });
    this.#heldPackets += packets;
    this.#heldBytes += bytes.length;
    for (let [oldest] = this.#held; oldest !== undefined && this.#isSurplus(oldest); [oldest] = this.#held) {
      this.#held.shift();
      this.#heldPackets -= oldest.packets;
      this.#heldBytes -= oldest.bytes.length;
    }
  }

  #isSurplus(oldest: { packets: number }): boolean {
    return this.#heldPackets - oldest.packets >= this.#packets || this.#heldBytes > this.#maxBytes;
  }
}

/** Type of a block that has been written already; no block has it. */
const SKIPPED = 0xffff_fffe;
