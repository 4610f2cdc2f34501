import { blockBytes } from '@pciem/capture';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
/** Number of the interface, in the blocks that have one. */
const INTERFACE_AT = 8;

/**
 * Merges captures of this package, each of one section, into one section: the interfaces of all of them, and the packets
 * as they come. Works on whole blocks (draft-ietf-opsawg-pcapng 3.1), which are little-endian.
 */
export class SectionMerger {
  readonly #write: (blocks: Uint8Array) => void;
  #hasHeader = false;
  #interfaces = 0;

  constructor(write: (blocks: Uint8Array) => void) {
    this.#write = write;
  }

  /** A further capture: returns what takes its bytes, in pieces of any length. */
  input(): (chunk: Uint8Array) => void {
    /** By number of the interface in that capture. */
    const numbers: number[] = [];
    let rest = Buffer.alloc(0);
    return (chunk) => {
      const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      let from = 0;
      let at = 0;
      for (let length = blockBytes(view, at); at + length <= bytes.length; length = blockBytes(view, at)) {
        if (!this.#take(bytes.subarray(at, at + length), numbers)) {
          this.#put(bytes, from, at);
          from = at + length;
        }
        at += length;
      }
      this.#put(bytes, from, at);
      rest = Buffer.from(bytes.subarray(at));
    };
  }

  #put(bytes: Buffer, from: number, to: number): void {
    if (to > from) this.#write(bytes.subarray(from, to));
  }

  /** Numbers the block's interface anew; false: it is not to be written. */
  #take(block: Buffer, numbers: number[]): boolean {
    switch (block.readUInt32LE(0)) {
      case SECTION_HEADER:
        if (this.#hasHeader) return false;
        this.#hasHeader = true;
        break;
      case INTERFACE_DESCRIPTION:
        numbers.push(this.#interfaces++);
        break;
      case INTERFACE_STATISTICS:
      case ENHANCED_PACKET: {
        const number = numbers[block.readUInt32LE(INTERFACE_AT)];
        if (number === undefined) throw new RangeError('a packet of an interface that was not described');
        block.writeUInt32LE(number, INTERFACE_AT);
        break;
      }
    }
    return true;
  }
}
