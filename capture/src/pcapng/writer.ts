import { BlockType, BYTE_ORDER_MAGIC, LINKTYPE_USER0, MIN_BLOCK_BYTES, Option } from './format.ts';
import { OptionList, writeEnd } from './options.ts';

/** Takes bytes of the file, in order. The chunk is the writer's buffer: use it up before returning. */
export type Sink = (chunk: Uint8Array) => void;

/** Texts of the section header; all optional. */
export interface SectionInfo {
  hardware?: string;
  os?: string;
  application?: string;
}

/** Texts of an interface description. */
export interface InterfaceInfo {
  name: string;
  description?: string;
  hardware?: string;
  /** LINKTYPE_USER0 when left out. */
  linkType?: number;
  /** 10^-n seconds; nanoseconds when left out. */
  timestampResolution?: number;
}

/** Counters of an interface statistics block; times are nanoseconds since 1970 as halves. */
export interface InterfaceCounts {
  startHi: number;
  startLo: number;
  timeHi: number;
  timeLo: number;
  /** Packets received, dropped for want of room, and written; whole numbers below 2^53. */
  received: number;
  dropped: number;
  delivered: number;
}

/** What only some packets have. */
export interface PacketExtras {
  /** Packets lost between the interface's previous packet and this one. */
  dropped?: number;
  comment?: string;
}

const EPB_HEADER_BYTES = 28;
/** Flags, packet id, end of options, block length. */
const EPB_TAIL_BYTES = 8 + 12 + 4 + 4;
const MAX_COMMENT_BYTES = 4096;
/** Room for a comment and a drop count. */
const EXTRAS_BYTES = 4 + MAX_COMMENT_BYTES + 12;

/**
 * Writes a little-endian pcapng section into a buffer that goes to the sink when it is full, and on `flush`.
 * Packets are built in place: `begin` reserves room and says where the packet's bytes go, `end` wraps them up.
 * Neither allocates.
 */
export class PcapngWriter {
  /** The buffer, for the bytes between `begin` and `end`. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #sink: Sink;
  #at = 0;
  #interfaces = 0;
  #packetIdHi = 0;
  #packetIdLo = 0;

  constructor(sink: Sink, bufferBytes = 1 << 20) {
    this.#sink = sink;
    this.bytes = new Uint8Array(bufferBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Starts the section; must be the first call. */
  section(info: SectionInfo): void {
    const options = new OptionList();
    if (info.hardware) options.text(Option.sectionHardware, info.hardware);
    if (info.os) options.text(Option.sectionOs, info.os);
    if (info.application) options.text(Option.sectionApplication, info.application);
    const start = this.#beginBlock(BlockType.sectionHeader, 20 + options.bytes);
    this.view.setUint32(start + 8, BYTE_ORDER_MAGIC, true);
    this.view.setUint16(start + 12, 1, true);
    this.view.setUint16(start + 14, 0, true);
    // Section length -1: unknown, because the file is streamed.
    this.view.setUint32(start + 16, 0xffffffff, true);
    this.view.setUint32(start + 20, 0xffffffff, true);
    this.#endOptions(start, options, start + 24);
  }

  /** Describes one more interface, and returns its number. */
  addInterface(info: InterfaceInfo): number {
    const options = new OptionList();
    options.text(Option.interfaceName, info.name);
    if (info.description) options.text(Option.interfaceDescription, info.description);
    options.value(Option.interfaceTimestampResolution, Uint8Array.of(info.timestampResolution ?? 9));
    if (info.hardware) options.text(Option.interfaceHardware, info.hardware);
    const start = this.#beginBlock(BlockType.interfaceDescription, 12 + options.bytes);
    this.view.setUint32(start + 8, info.linkType ?? LINKTYPE_USER0, true);
    this.view.setUint32(start + 12, 0, true);
    this.#endOptions(start, options, start + 16);
    return this.#interfaces++;
  }

  /** Makes room for a packet of up to `maxBytes` captured bytes; returns where in `bytes` it starts. */
  begin(maxBytes: number): number {
    this.#reserve(EPB_HEADER_BYTES + maxBytes + 3 + EXTRAS_BYTES + EPB_TAIL_BYTES);
    return this.#at + EPB_HEADER_BYTES;
  }

  /**
   * Ends the packet that `begin` started.
   * @param captured bytes written from there on
   * @param original bytes that the packet had before it was cut to a snap length
   * @param direction `PacketDirection`
   */
  end(
    interfaceId: number,
    timeHi: number,
    timeLo: number,
    captured: number,
    original: number,
    direction: number,
    extras?: PacketExtras,
  ): void {
    const view = this.view;
    const start = this.#at;
    view.setUint32(start, BlockType.enhancedPacket, true);
    view.setUint32(start + 8, interfaceId, true);
    view.setUint32(start + 12, timeHi, true);
    view.setUint32(start + 16, timeLo, true);
    view.setUint32(start + 20, captured, true);
    view.setUint32(start + 24, original, true);
    let at = start + EPB_HEADER_BYTES + captured;
    while ((at - start) & 3) this.bytes[at++] = 0;
    if (extras) at = this.#extras(at, extras);
    view.setUint32(at, (4 << 16) | Option.packetFlags, true);
    view.setUint32(at + 4, direction, true);
    this.#packetIdLo = (this.#packetIdLo + 1) >>> 0;
    if (this.#packetIdLo === 0) this.#packetIdHi++;
    view.setUint32(at + 8, (8 << 16) | Option.packetId, true);
    view.setUint32(at + 12, this.#packetIdLo, true);
    view.setUint32(at + 16, this.#packetIdHi, true);
    this.#endBlock(start, writeEnd(view, at + 20));
  }

  /** Writes an interface statistics block. */
  statistics(interfaceId: number, counts: InterfaceCounts): void {
    const options = new OptionList();
    options.time(Option.statisticsStart, counts.startHi, counts.startLo);
    options.time(Option.statisticsEnd, counts.timeHi, counts.timeLo);
    options.count(Option.statisticsReceived, counts.received);
    options.count(Option.statisticsDropped, counts.dropped);
    options.count(Option.statisticsDelivered, counts.delivered);
    const start = this.#beginBlock(BlockType.interfaceStatistics, 16 + options.bytes);
    this.view.setUint32(start + 8, interfaceId, true);
    this.view.setUint32(start + 12, counts.timeHi, true);
    this.view.setUint32(start + 16, counts.timeLo, true);
    this.#endOptions(start, options, start + 20);
  }

  /** Hands everything written so far to the sink. */
  flush(): void {
    if (this.#at === 0) return;
    this.#sink(this.bytes.subarray(0, this.#at));
    this.#at = 0;
  }

  #extras(at: number, extras: PacketExtras): number {
    const options = new OptionList();
    if (extras.comment) options.text(Option.comment, extras.comment, MAX_COMMENT_BYTES);
    if (extras.dropped) options.count(Option.packetDropCount, extras.dropped);
    return options.write(this.bytes, this.view, at);
  }

  #beginBlock(type: number, bodyBytes: number): number {
    this.#reserve(MIN_BLOCK_BYTES + bodyBytes);
    this.view.setUint32(this.#at, type, true);
    return this.#at;
  }

  #endOptions(start: number, options: OptionList, at: number): void {
    this.#endBlock(start, writeEnd(this.view, options.write(this.bytes, this.view, at)));
  }

  #endBlock(start: number, end: number): void {
    const length = end + 4 - start;
    this.view.setUint32(start + 4, length, true);
    this.view.setUint32(end, length, true);
    this.#at = end + 4;
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.bytes.length) return;
    this.flush();
    if (count > this.bytes.length) {
      throw new RangeError(`a block of ${count} bytes exceeds the buffer of ${this.bytes.length}`);
    }
  }
}
