const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
/** Of a block: type, length, and the number of the interface in the blocks that have one. */
const LENGTH_AT = 4;
const INTERFACE_AT = 8;

/**
 * Merges captures of this package, each of one section, into one section: the interfaces of all of them, and the packets
 * as they come. Works on whole blocks (draft-ietf-opsawg-pcapng 3.1), which are little-endian.
 */
export class SectionMerger {
  readonly #write: (block: Uint8Array) => void;
  #hasHeader = false;
  #interfaces = 0;

  constructor(write: (block: Uint8Array) => void) {
    this.#write = write;
  }

  /** A further capture: returns what takes its bytes, in pieces of any length. */
  input(): (chunk: Uint8Array) => void {
    /** By number of the interface in that capture. */
    const numbers: number[] = [];
    let rest = Buffer.alloc(0);
    return (chunk) => {
      let bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      for (let length = blockLength(bytes); length <= bytes.length; length = blockLength(bytes)) {
        this.#take(bytes.subarray(0, length), numbers);
        bytes = bytes.subarray(length);
      }
      rest = Buffer.from(bytes);
    };
  }

  #take(block: Buffer, numbers: number[]): void {
    switch (block.readUInt32LE(0)) {
      case SECTION_HEADER:
        if (this.#hasHeader) return;
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
    this.#write(block);
  }
}

/** Bytes of the first block; infinite if that is not known yet. */
function blockLength(bytes: Buffer): number {
  return bytes.length < INTERFACE_AT ? Number.POSITIVE_INFINITY : Math.max(12, bytes.readUInt32LE(LENGTH_AT));
}
