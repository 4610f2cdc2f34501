import { type DeviceMap, encodeDeviceMap } from './device-map.ts';
import type { PacketGate } from './filter/gate.ts';
import { PacketDirection } from './pcapng/format.ts';
import { type PacketExtras, PcapngWriter, type Sink } from './pcapng/writer.ts';
import {
  Direction,
  encodeRecordHeader,
  MarkKind,
  NO_SPACE,
  RECORD_HEADER_BYTES,
  RecordHeader,
  RecordKind,
} from './record.ts';
import { encodeTlpHeader } from './tlp/encode.ts';
import { hasData } from './tlp/fmt-type.ts';
import { TlpHeader } from './tlp/header.ts';

export interface CaptureWriterOptions {
  sink: Sink;
  /** One per function; the interfaces have their order. */
  maps: readonly DeviceMap[];
  /** Program that writes the file, for the section header. */
  application?: string;
  /** Time of the device maps, in milliseconds since 1970; now when left out. */
  startTime?: number;
  /** Decides which TLPs are written; all when left out. */
  gate?: PacketGate;
}

/** One function: an interface of the file. */
export interface CaptureFunction {
  readonly interfaceId: number;
  readonly domain: number;
  /** Bus, device and function number: its ID as requester and completer. */
  readonly id: number;
  /** Packets written. */
  packets: number;
  /** Events lost, as far as they are counted here. */
  lost: number;
}

/** A header of 4 DW; prefixes and digests are not written. */
const MAX_TLP_HEADER_BYTES = 16;
/** Interface statistics are written after this many packets, */
const STATISTICS_PACKETS = 0x10000;
/** or after this many nanoseconds of capture time. */
const STATISTICS_NS = 1_000_000_000;
const utf8 = new TextEncoder();

/**
 * Writes a capture file: section, one interface per function, device maps, then packets. For a packet the caller
 * fills `record` and, for a TLP, `header`, and calls `tlp` or `note`.
 */
export class CaptureWriter {
  /** Pseudo-header of the next packet; the writer fills in domain and function, and counts parts. */
  readonly record = new RecordHeader();
  /** Header of the next TLP. */
  readonly header = new TlpHeader();
  readonly functions: readonly CaptureFunction[];
  readonly #writer: PcapngWriter;
  readonly #gate: PacketGate | undefined;
  readonly #startHi: number;
  readonly #startLo: number;
  #isEnding = false;
  #untilStatistics = STATISTICS_PACKETS;
  #statisticsHi = 0;
  #statisticsLo = 0;

  constructor(options: CaptureWriterOptions) {
    const { maps, startTime = Date.now() } = options;
    if (maps.length === 0)
      throw new RangeError('maps is empty: a capture needs the device map of at least one function');
    this.#gate = options.gate;
    this.#writer = new PcapngWriter(options.sink);
    this.#writer.section({ hardware: 'pciem virtual endpoint', application: options.application ?? 'pciem' });
    this.functions = maps.map((map) => this.#addInterface(map));

    const start = BigInt(Math.round(startTime)) * 1_000_000n;
    this.#startHi = Number(start >> 32n);
    this.#startLo = Number(start & 0xffff_ffffn);
    this.record.timeHi = this.#startHi;
    this.record.timeLo = this.#startLo;
    this.#scheduleStatistics();
    maps.forEach((map, index) => {
      this.#deviceMap(this.functions[index] as CaptureFunction, map);
    });
  }

  /**
   * Writes the TLP in `header`, with its payload if it has one.
   * @param data holds the payload's bytes from `dataAt` on
   * @param lead disabled bytes before the first one, which are written as zeros
   * @param size bytes of payload, without those before and after that the byte enables disable
   * @param kept how many of them `data` has; fewer than `size` when they were cut to a snap length
   */
  tlp(fn: CaptureFunction, data: Uint8Array, dataAt: number, lead: number, size: number, kept: number): void {
    const { header, record } = this;
    record.function = fn.id;
    if (this.#gate !== undefined) {
      const admitted = this.#gate.admits(fn.interfaceId, record, header, data, dataAt, size, kept);
      if (this.#gate.triggers) {
        // What is behind the gate must have seen all before this TLP when it is told.
        this.#writer.flush();
        this.#gate.trigger();
      }
      if (!admitted) {
        record.part++;
        this.#triggered(fn);
        return;
      }
    }
    const start = this.#writer.begin(RECORD_HEADER_BYTES + MAX_TLP_HEADER_BYTES + lead + kept + 3);
    record.kind = RecordKind.tlp;
    let at = this.#recordHeader(fn, start);
    at += encodeTlpHeader(header, this.#writer.view, at);
    let missing = 0;
    if (hasData(header.fmtType)) {
      const end = at + header.length * 4;
      at = this.#payload(at, data, dataAt, lead, kept);
      if (kept === size) at = this.#zeros(at, end);
      missing = end - at;
    }
    this.#end(fn, at - start, missing);
    this.#triggered(fn);
  }

  /** Writes a record that comes from no event, at the time of `record`, which is kept for the next packet. */
  aside(fn: CaptureFunction, kind: number, body: Uint8Array, extras?: PacketExtras, detail = 0): void {
    const { record } = this;
    const next = { ...record };
    Object.assign(record, new RecordHeader(), { timeHi: next.timeHi, timeLo: next.timeLo, detail });
    if (kind === RecordKind.mark) record.access = body.length;
    this.note(fn, kind, body, extras);
    Object.assign(record, next);
  }

  /** Notes that the capture starts or ends, and with what; see `MarkKind`. */
  session(kind: number, text: string): void {
    // The end is told even of a capture that a condition has stopped.
    this.#isEnding = kind === MarkKind.end;
    this.aside(this.functions[0] as CaptureFunction, RecordKind.mark, utf8.encode(text), undefined, kind);
  }

  /** Writes a record other than a TLP, of the given kind, with its body. */
  note(fn: CaptureFunction, kind: number, body: Uint8Array, extras?: PacketExtras): void {
    if (this.#gate?.isOver && !this.#isEnding) return;
    const start = this.#writer.begin(RECORD_HEADER_BYTES + body.length);
    this.record.kind = kind;
    const at = this.#recordHeader(fn, start);
    this.#writer.bytes.set(body, at);
    this.#end(fn, RECORD_HEADER_BYTES + body.length, 0, extras);
  }

  /** Hands everything written so far to the sink. */
  flush(): void {
    this.#writer.flush();
  }

  /** Writes the statistics of every interface, at the time of `record`. */
  statistics(): void {
    for (const fn of this.functions) {
      this.#writer.statistics(fn.interfaceId, {
        startHi: this.#startHi,
        startLo: this.#startLo,
        timeHi: this.record.timeHi,
        timeLo: this.record.timeLo,
        received: fn.packets + fn.lost,
        dropped: fn.lost,
        delivered: fn.packets,
      });
    }
    this.#scheduleStatistics();
  }

  /** Does what the gate's conditions ask for after a TLP. */
  #triggered(fn: CaptureFunction): void {
    const gate = this.#gate;
    if (gate === undefined || !gate.isDue) return;
    const mark = gate.takeMark();
    if (mark !== undefined) this.aside(fn, RecordKind.mark, utf8.encode(mark), { comment: mark });
    // What is behind the gate must have seen all of this when it is told.
    this.#writer.flush();
    gate.act();
  }

  #addInterface(map: DeviceMap): CaptureFunction {
    const id = (map.bus << 8) | (map.device << 3) | map.function;
    const address = formatAddress(map.domain, id);
    const interfaceId = this.#writer.addInterface({
      name: address,
      description: `${map.name}, function ${map.function}`,
      hardware: `${hex(map.vendor, 4)}:${hex(map.deviceId, 4)} class ${hex(map.class, 6)}`,
    });
    return { interfaceId, domain: map.domain, id, packets: 0, lost: 0 };
  }

  #deviceMap(fn: CaptureFunction, map: DeviceMap): void {
    const { record } = this;
    record.direction = Direction.none;
    record.space = NO_SPACE;
    record.part = 0;
    for (const body of encodeDeviceMap(map)) this.note(fn, RecordKind.deviceMap, body);
  }

  #recordHeader(fn: CaptureFunction, at: number): number {
    this.record.domain = fn.domain;
    this.record.function = fn.id;
    return at + encodeRecordHeader(this.record, this.#writer.view, at);
  }

  #payload(at: number, data: Uint8Array, dataAt: number, lead: number, kept: number): number {
    const { bytes } = this.#writer;
    let to = this.#zeros(at, at + lead);
    // A loop beats a copy of a subarray for registers and queue entries, and makes no garbage.
    if (kept <= 128) {
      for (let i = 0; i < kept; i++) bytes[to++] = data[dataAt + i] as number;
      return to;
    }
    bytes.set(data.subarray(dataAt, dataAt + kept), to);
    to += kept;
    return to;
  }

  #zeros(from: number, to: number): number {
    for (let at = from; at < to; at++) this.#writer.bytes[at] = 0;
    return to;
  }

  #end(fn: CaptureFunction, captured: number, missing: number, extras?: PacketExtras): void {
    const { record } = this;
    this.#writer.end(
      fn.interfaceId,
      record.timeHi,
      record.timeLo,
      captured,
      captured + missing,
      packetDirection(record.direction),
      extras,
    );
    fn.packets++;
    record.part++;
    if (--this.#untilStatistics <= 0 || this.#statisticsDue()) this.statistics();
  }

  #statisticsDue(): boolean {
    const { timeHi } = this.record;
    return timeHi > this.#statisticsHi || (timeHi === this.#statisticsHi && this.record.timeLo >= this.#statisticsLo);
  }

  #scheduleStatistics(): void {
    const low = this.record.timeLo + STATISTICS_NS;
    this.#statisticsLo = low >>> 0;
    this.#statisticsHi = this.record.timeHi + (low > 0xffff_ffff ? 1 : 0);
    this.#untilStatistics = STATISTICS_PACKETS;
  }
}

/** An address such as `1f000:00:00.0` of a domain and a bus, device and function number. */
export function formatAddress(domain: number, id: number): string {
  return `${hex(domain, 4)}:${hex(id >> 8, 2)}:${hex((id >> 3) & 31, 2)}.${id & 7}`;
}

/** The file's directions are seen from the function. */
function packetDirection(direction: number): number {
  if (direction === Direction.downstream) return PacketDirection.inbound;
  return direction === Direction.upstream ? PacketDirection.outbound : PacketDirection.unknown;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
