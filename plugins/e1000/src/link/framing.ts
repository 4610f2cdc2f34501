const PREFIX = 4;
/** The largest frame that a sender may announce. */
const MAX_FRAME = 65_536;

/** A frame as it goes over a stream: its length, 32 bits big-endian, before it. QEMU's `-netdev stream` speaks that too. */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  const message = new Uint8Array(PREFIX + frame.length);
  new DataView(message.buffer).setUint32(0, frame.length);
  message.set(frame, PREFIX);
  return message;
}

/** Cuts a stream into frames again. */
export class FrameDecoder {
  #rest: Uint8Array = new Uint8Array(0);

  /** Hands whole frames to `take`. Throws a RangeError for a length that no frame has. */
  push(chunk: Uint8Array, take: (frame: Uint8Array) => void): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= PREFIX) {
      const length = new DataView(this.#rest.buffer, this.#rest.byteOffset).getUint32(0);
      if (length > MAX_FRAME) throw new RangeError(`a frame of ${length} bytes was announced`);
      if (this.#rest.length < PREFIX + length) return;
      take(this.#rest.subarray(PREFIX, PREFIX + length));
      this.#rest = this.#rest.subarray(PREFIX + length);
    }
  }
}
