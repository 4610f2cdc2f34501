import type { DeviceMap } from '../device-map.ts';
import { type PcapngEnd, type PcapngPacket, PcapngReader, type PcapngStatistics } from '../pcapng/reader.ts';
import { decodeRecordHeader, RecordHeader, RecordKind } from '../record.ts';
import { TapConverter, type TapConverterOptions, type TapTotals } from '../tap-converter.ts';
import { decodeTlpHeader } from '../tlp/decode.ts';
import { TlpHeader } from '../tlp/header.ts';
import { type EventInit, tapBytes } from './events.ts';

/** A small device map for tests. */
export function exampleMap(overrides: Partial<DeviceMap> = {}): DeviceMap {
  return {
    name: 'hello',
    domain: 0x1f000,
    bus: 0,
    device: 0,
    function: 0,
    vendor: 0x1234,
    deviceId: 0x0001,
    subsystemVendor: 0x1234,
    subsystem: 0x0002,
    class: 0xff0000,
    revision: 1,
    bars: [{ index: 0, size: 16384, kind: 'trapped', bits: 64, prefetchable: false }],
    registers: [
      { space: 0, offset: 0, width: 8, name: 'CAP' },
      {
        space: 0,
        offset: 0x14,
        width: 4,
        name: 'CC',
        fields: [
          { name: 'EN', lsb: 0, msb: 0 },
          { name: 'IOSQES', lsb: 16, msb: 19 },
          { name: 'IOCQES', lsb: 20, msb: 23 },
        ],
      },
      { space: 0, offset: 0x1c, width: 4, name: 'CSTS', fields: [{ name: 'RDY', lsb: 0, msb: 0 }] },
      { space: 0, offset: 0x1000, width: 4, name: 'SQ{n} tail doorbell', count: 4, stride: 8, role: 'doorbell' },
      { space: 0, offset: 0x1004, width: 4, name: 'CQ{n} head doorbell', count: 4, stride: 8, role: 'doorbell' },
    ],
    ...overrides,
  };
}

/** Runs events through the converter; returns the file, if it has gone to no other sink. */
export function convert(
  events: readonly EventInit[],
  options: Partial<TapConverterOptions> = {},
  totals?: TapTotals,
): Uint8Array {
  const chunks: Uint8Array[] = [];
  const converter = new TapConverter({
    maps: [exampleMap()],
    startTime: 1_700_000_000_000,
    ...options,
    sink: options.sink ?? ((chunk) => chunks.push(chunk.slice())),
  });
  const bytes = tapBytes(events);
  converter.push(bytes, new DataView(bytes.buffer), 0, bytes.length);
  converter.finish(
    totals ?? { lost: events.reduce((sum, { lost }) => sum + (lost ?? 0), 0), delivered: events.length },
  );
  return new Uint8Array(Buffer.concat(chunks));
}

/** One packet of a file, copied out of the reader. */
export interface CapturedPacket {
  record: RecordHeader;
  /** Of a TLP; else all zero. */
  header: TlpHeader;
  /** Payload of a TLP, or the record's body. */
  body: Uint8Array;
  /** Bytes from the magic on. */
  bytes: Uint8Array;
  original: number;
  timeNs: bigint;
  interfaceId: number;
  direction: number;
  dropped: number;
  comments: readonly string[];
}

export interface CaptureContents {
  packets: CapturedPacket[];
  interfaces: { name: string; description: string; hardware: string }[];
  statistics: PcapngStatistics[];
  end: PcapngEnd;
}

/** Reads a whole file. Throws if a packet is not ours. */
export function readCapture(file: Uint8Array): CaptureContents {
  const contents: Omit<CaptureContents, 'end'> = { packets: [], interfaces: [], statistics: [] };
  const reader = new PcapngReader({
    interface: (info) => contents.interfaces.push(info),
    packet: (packet) => contents.packets.push(copyPacket(packet)),
    statistics: (statistics) => contents.statistics.push(statistics),
  });
  reader.push(file);
  return { ...contents, end: reader.finish() };
}

/** The packets of `readCapture` that are TLPs. */
export function readTlps(file: Uint8Array): CapturedPacket[] {
  return readCapture(file).packets.filter(({ record }) => record.kind === RecordKind.tlp);
}

function copyPacket(packet: PcapngPacket): CapturedPacket {
  const bytes = packet.bytes.slice(packet.start, packet.start + packet.captured);
  const view = new DataView(bytes.buffer);
  const record = new RecordHeader();
  const header = new TlpHeader();
  let bodyAt = decodeRecordHeader(view, 0, bytes.length, record);
  if (bodyAt === 0) throw new Error('packet without our pseudo-header');
  if (record.kind === RecordKind.tlp) {
    const length = decodeTlpHeader(view, bodyAt, bytes.length - bodyAt, header);
    if (length <= 0) throw new Error(`TLP header does not decode: ${length}`);
    bodyAt += length;
  }
  return {
    record,
    header,
    body: bytes.subarray(bodyAt),
    bytes,
    original: packet.original,
    timeNs: (BigInt(packet.timeHi) << 32n) | BigInt(packet.timeLo),
    interfaceId: packet.interface.id,
    direction: packet.direction,
    dropped: packet.dropped,
    comments: packet.comments,
  };
}
