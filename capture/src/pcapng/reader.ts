import { BlockType, BYTE_ORDER_MAGIC, MIN_BLOCK_BYTES, Option } from './format.ts';

/** A longer block is taken for damage. */
const MAX_BLOCK_BYTES = 16 << 20;
const PACKET_HEADER_BYTES = 28;
const NO_COMMENTS: readonly string[] = [];

/** An interface description block. */
export interface PcapngInterface {
  /** Number in its section. */
  id: number;
  linkType: number;
  /** 10^-n seconds, or with bit 7 set 2^-n: the unit of timestamps. */
  timestampResolution: number;
  name: string;
  description: string;
  hardware: string;
}

/** An enhanced packet. The object is reused: use it up inside the callback. */
export interface PcapngPacket {
  interface: PcapngInterface;
  /** Timestamp in units of the interface's resolution, as two 32-bit halves. */
  timeHi: number;
  timeLo: number;
  /** The captured bytes are `bytes[start]` to `bytes[start + captured - 1]`; `view` has the same indices. */
  bytes: Uint8Array;
  view: DataView;
  start: number;
  captured: number;
  original: number;
  /** `PacketDirection`. */
  direction: number;
  /** Packets lost just before this one. */
  dropped: number;
  comments: readonly string[];
}

/** Counters of an interface statistics block; undefined where the block has none. */
export interface PcapngStatistics {
  interface: PcapngInterface;
  received?: bigint;
  dropped?: bigint;
  delivered?: bigint;
}

/** What to do with what is read. */
export interface PcapngHandler {
  section?(): void;
  interface?(info: PcapngInterface): void;
  packet?(packet: PcapngPacket): void;
  statistics?(statistics: PcapngStatistics): void;
}

/** How a file ended. */
export interface PcapngEnd {
  /** Whole blocks read. */
  blocks: number;
  /** Bytes between blocks that belong to none: damage. */
  skippedBytes: number;
  /** Bytes of a last block that was cut off. */
  truncatedBytes: number;
}

/**
 * Reads pcapng of either byte order from chunks of any size. Skips unknown blocks and options; after damage goes on
 * at the next block.
 */
export class PcapngReader {
  readonly #handler: PcapngHandler;
  readonly #packet: PcapngPacket = emptyPacket();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #littleEndian = true;
  #interfaces: (PcapngInterface | undefined)[] = [];
  #damaged = false;
  #end: PcapngEnd = { blocks: 0, skippedBytes: 0, truncatedBytes: 0 };

  constructor(handler: PcapngHandler) {
    this.#handler = handler;
  }

  /** Reads the next bytes of the file, which may be reused afterwards. */
  push(chunk: Uint8Array): void {
    const left = this.#bytes.length;
    const bytes = left === 0 ? chunk : new Uint8Array(left + chunk.length);
    if (left > 0) {
      bytes.set(this.#bytes);
      bytes.set(chunk, left);
    }
    this.#use(bytes);
    // Not slice(): that of a Buffer shares the caller's memory.
    this.#use(new Uint8Array(bytes.subarray(this.#blocks(false))));
  }

  /** The file is over; reads what is left and says how it ended. */
  finish(): PcapngEnd {
    const read = this.#blocks(true);
    this.#end.truncatedBytes = this.#bytes.length - read;
    this.#use(new Uint8Array(0));
    return this.#end;
  }

  #use(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Reads all whole blocks; returns the byte after the last one. With `final`, no more bytes will come. */
  #blocks(final: boolean): number {
    let at = 0;
    let damageFrom = -1;
    while (at + MIN_BLOCK_BYTES <= this.#bytes.length) {
      const length = this.#blockLength(at);
      if (length > 0 && at + length > this.#bytes.length) {
        // Cut off, or a wrong length: only in the second case is there another block behind it.
        if (!final || (damageFrom < 0 && !this.#findBlock(at + 1))) break;
      }
      if (length > 0 && at + length <= this.#bytes.length && this.#trailerMatches(at, length)) {
        this.#damaged = false;
        damageFrom = -1;
        this.#block(at, length);
        at += length;
      } else {
        if (damageFrom < 0) damageFrom = at;
        this.#damaged = true;
        this.#end.skippedBytes++;
        at++;
      }
    }
    return at;
  }

  /** Whether any whole block of a known type starts at or after `from`. */
  #findBlock(from: number): boolean {
    this.#damaged = true;
    let found = false;
    for (let at = from; at + MIN_BLOCK_BYTES <= this.#bytes.length && !found; at++) {
      const length = this.#blockLength(at);
      found = length > 0 && at + length <= this.#bytes.length && this.#trailerMatches(at, length);
    }
    this.#damaged = false;
    return found;
  }

  /** Length of the block at `at`, or 0 if none can start there. */
  #blockLength(at: number): number {
    const type = this.#view.getUint32(at, this.#littleEndian);
    let littleEndian = this.#littleEndian;
    if (type === BlockType.sectionHeader) {
      if (this.#view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC) littleEndian = true;
      else if (this.#view.getUint32(at + 8, false) === BYTE_ORDER_MAGIC) littleEndian = false;
      else return 0;
    } else if (this.#end.blocks === 0 || (this.#damaged && !isKnown(type))) {
      return 0;
    }
    const length = this.#view.getUint32(at + 4, littleEndian);
    return length < MIN_BLOCK_BYTES || length % 4 !== 0 || length > MAX_BLOCK_BYTES ? 0 : length;
  }

  #trailerMatches(at: number, length: number): boolean {
    return this.#view.getUint32(at + length - 4) === this.#view.getUint32(at + 4);
  }

  #block(at: number, length: number): void {
    this.#end.blocks++;
    const end = at + length - 4;
    switch (this.#view.getUint32(at, this.#littleEndian)) {
      case BlockType.sectionHeader:
        this.#littleEndian = this.#view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
        this.#interfaces = [];
        this.#handler.section?.();
        break;
      case BlockType.interfaceDescription:
        if (length >= 20) this.#interface(at, end);
        break;
      case BlockType.enhancedPacket:
        if (length >= 32) this.#enhancedPacket(at, end);
        break;
      case BlockType.interfaceStatistics:
        if (length >= 24) this.#statistics(at, end);
        break;
    }
  }

  #interface(at: number, end: number): void {
    const info: PcapngInterface = {
      id: this.#interfaces.length,
      linkType: this.#view.getUint16(at + 8, this.#littleEndian),
      timestampResolution: 6,
      name: '',
      description: '',
      hardware: '',
    };
    this.#options(at + 16, end, (code, from, length) => {
      if (code === Option.interfaceName) info.name = this.#text(from, length);
      else if (code === Option.interfaceDescription) info.description = this.#text(from, length);
      else if (code === Option.interfaceHardware) info.hardware = this.#text(from, length);
      else if (code === Option.interfaceTimestampResolution && length === 1) {
        info.timestampResolution = this.#view.getUint8(from);
      }
    });
    this.#interfaces.push(info);
    this.#handler.interface?.(info);
  }

  #enhancedPacket(at: number, end: number): void {
    const view = this.#view;
    const littleEndian = this.#littleEndian;
    const info = this.#interfaces[view.getUint32(at + 8, littleEndian)];
    const captured = view.getUint32(at + 20, littleEndian);
    const start = at + PACKET_HEADER_BYTES;
    if (!info || !this.#handler.packet || start + captured > end) return;
    const packet = this.#packet;
    packet.interface = info;
    packet.timeHi = view.getUint32(at + 12, littleEndian);
    packet.timeLo = view.getUint32(at + 16, littleEndian);
    packet.bytes = this.#bytes;
    packet.view = view;
    packet.start = start;
    packet.captured = captured;
    packet.original = view.getUint32(at + 24, littleEndian);
    packet.direction = 0;
    packet.dropped = 0;
    packet.comments = NO_COMMENTS;
    this.#options(start + ((captured + 3) & ~3), end, this.#packetOption);
    this.#handler.packet(packet);
  }

  readonly #packetOption = (code: number, from: number, length: number): void => {
    if (code === Option.packetFlags && length === 4) {
      this.#packet.direction = this.#view.getUint32(from, this.#littleEndian) & 3;
    } else if (code === Option.packetDropCount && length === 8) {
      this.#packet.dropped = Number(this.#view.getBigUint64(from, this.#littleEndian));
    } else if (code === Option.comment) {
      this.#packet.comments = [...this.#packet.comments, this.#text(from, length)];
    }
  };

  #statistics(at: number, end: number): void {
    const info = this.#interfaces[this.#view.getUint32(at + 8, this.#littleEndian)];
    if (!info) return;
    const statistics: PcapngStatistics = { interface: info };
    this.#options(at + 20, end, (code, from, length) => {
      if (length !== 8) return;
      const value = this.#view.getBigUint64(from, this.#littleEndian);
      if (code === Option.statisticsReceived) statistics.received = value;
      else if (code === Option.statisticsDropped) statistics.dropped = value;
      else if (code === Option.statisticsDelivered) statistics.delivered = value;
    });
    this.#handler.statistics?.(statistics);
  }

  /** Visits the options from `at` on; one that does not fit ends the list. */
  #options(from: number, end: number, visit: (code: number, from: number, length: number) => void): void {
    let at = from;
    while (at + 4 <= end) {
      const code = this.#view.getUint16(at, this.#littleEndian);
      const length = this.#view.getUint16(at + 2, this.#littleEndian);
      if (code === Option.end || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  #text(from: number, length: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(from, from + length));
  }
}

function isKnown(type: number): boolean {
  return (
    type === BlockType.interfaceDescription ||
    type === BlockType.enhancedPacket ||
    type === BlockType.interfaceStatistics ||
    type === BlockType.simplePacket
  );
}

function emptyPacket(): PcapngPacket {
  return {
    interface: { id: 0, linkType: 0, timestampResolution: 6, name: '', description: '', hardware: '' },
    timeHi: 0,
    timeLo: 0,
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    start: 0,
    captured: 0,
    original: 0,
    direction: 0,
    dropped: 0,
    comments: NO_COMMENTS,
  };
}
