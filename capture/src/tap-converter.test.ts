import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENDPOINT_RCB, ROOT_COMPLEX_ID } from './link.ts';
import { RecordFlag, RecordKind } from './record.ts';
import { TapConverter } from './tap-converter.ts';
import { type CapturedPacket, convert, exampleMap, readCapture, readTlps } from './testing/capture.ts';
import { type EventInit, tapBytes } from './testing/events.ts';
import { FmtType, tlpName } from './tlp/fmt-type.ts';
import { TlpChecker } from './tlp/validate.ts';

const time = 0x1_ffff_fff0n;
const bytesOf = (length: number) => Array.from({ length }, (_, index) => (index * 7 + 1) & 0xff);
const name = ({ header }: CapturedPacket) => tlpName(header.fmtType);
const address = ({ header }: CapturedPacket) => header.addressHi * 2 ** 32 + header.addressLo;

test('a configuration read is a request and its completion, with the value in its byte lanes', () => {
  const [request, completion] = readTlps(
    convert([
      {
        kind: 'configRead',
        flags: ['completed'],
        seq: 9,
        time,
        latency: 50,
        space: 7,
        offset: 0x102,
        tag: 0x81,
        data: [0x12, 0x34],
      },
    ]),
  ) as [CapturedPacket, CapturedPacket];
  expect(request.header).toMatchObject({
    fmtType: FmtType.CfgRd0,
    requester: ROOT_COMPLEX_ID,
    tag: 0x81,
    target: 0,
    register: 0x100,
    firstBe: 0b1100,
    lastBe: 0,
    length: 1,
  });
  expect(completion.header).toMatchObject({
    fmtType: FmtType.CplD,
    requester: ROOT_COMPLEX_ID,
    completer: 0,
    tag: 0x81,
    byteCount: 4,
    lowerAddress: 0,
    status: 0,
    length: 1,
  });
  expect([...completion.body]).toEqual([0, 0, 0x12, 0x34]);
  expect(completion.timeNs).toBe(time + 50n);
  expect(completion.record).toMatchObject({ seqLo: 9, requestLo: 9, latency: 50, space: 7, offsetLo: 0x102, part: 1 });
});

test('a configuration write is completed without data', () => {
  const [request, completion] = readTlps(
    convert([{ kind: 'configWrite', flags: ['completed'], seq: 1, time, space: 7, offset: 4, data: [6, 0] }]),
  ) as [CapturedPacket, CapturedPacket];
  expect(request.header).toMatchObject({ fmtType: FmtType.CfgWr0, firstBe: 0b0011, register: 4 });
  expect([...request.body]).toEqual([6, 0, 0, 0]);
  expect(completion.header).toMatchObject({ fmtType: FmtType.Cpl, length: 0, byteCount: 4, status: 0 });
});

test('a forwarded read gets its completion from a later event', () => {
  const access = {
    address: 0xfe00_001cn,
    offset: 0x1c,
    dataLength: 4,
    tag: 3,
    flags: ['forwarded'],
  } satisfies Partial<EventInit>;
  const [request, completion] = readTlps(
    convert([
      { kind: 'memRead', seq: 5, time, ...access },
      {
        kind: 'memCompletion',
        seq: 6,
        requestSeq: 5,
        time: time + 2000n,
        latency: 2000,
        data: [1, 2, 3, 4],
        ...access,
      },
    ]),
  ) as [CapturedPacket, CapturedPacket];
  expect(request.header).toMatchObject({ fmtType: FmtType.MRd, addressLo: 0xfe00001c, length: 1, tag: 3 });
  expect(request.record.flags).toBe(RecordFlag.forwarded);
  expect(completion.header).toMatchObject({ fmtType: FmtType.CplD, byteCount: 4, lowerAddress: 0x1c, tag: 3 });
  expect(completion.record).toMatchObject({ seqLo: 6, requestLo: 5, latency: 2000, offsetLo: 0x1c });
  expect(completion.timeNs).toBe(time + 2000n);
});

test('a timed-out read gets a timeout record, not a completion', () => {
  const access = { address: 0x5a_0000_001cn, offset: 0x1c, dataLength: 4, tag: 3 };
  const { packets } = readCapture(
    convert([
      { kind: 'memRead', flags: ['forwarded'], seq: 5, time, ...access },
      {
        kind: 'memCompletion',
        flags: ['forwarded', 'timedOut'],
        seq: 6,
        requestSeq: 5,
        latency: 99,
        time: time + 99n,
        ...access,
      },
    ]),
  );
  expect(packets.map(({ record }) => record.kind)).toEqual([RecordKind.deviceMap, RecordKind.tlp, RecordKind.timeout]);
  const { record, body } = packets[2] as CapturedPacket;
  expect(record).toMatchObject({ flags: RecordFlag.forwarded | RecordFlag.timedOut, requestLo: 5, latency: 99 });
  expect(Buffer.from(body).toString('hex')).toBe('00ff0003000000040000005a0000001c');
});

test('what no BAR claims is an unsupported request', () => {
  const [read, completion, write] = readTlps(
    convert([
      {
        kind: 'memRead',
        flags: ['completed', 'unclaimed'],
        seq: 1,
        time,
        address: 0x1000,
        dataLength: 4,
        space: 255,
        status: 1,
      },
      { kind: 'memWrite', flags: ['unclaimed'], seq: 2, time, address: 0x1000, space: 255, data: [1, 2, 3, 4] },
    ]),
  ) as [CapturedPacket, CapturedPacket, CapturedPacket];
  expect(name(read)).toBe('MRd');
  expect(completion.header).toMatchObject({ fmtType: FmtType.Cpl, status: 1, length: 0 });
  expect(write.record.flags).toBe(RecordFlag.unclaimed);
});

test('a device that aborts a read completes it without data', () => {
  const completion = readTlps(
    convert([
      {
        kind: 'memCompletion',
        flags: ['forwarded'],
        seq: 2,
        requestSeq: 1,
        time,
        address: 0x1000,
        dataLength: 8,
        status: 4,
      },
    ]),
  )[0] as CapturedPacket;
  expect(completion.header).toMatchObject({ fmtType: FmtType.Cpl, status: 4, byteCount: 8 });
});

test('8 bytes are two DWs, and an access that crosses 4 KiB is two requests with two tags', () => {
  const [whole, low, high, lowCompletion, highCompletion] = readTlps(
    convert([
      { kind: 'memWrite', seq: 1, time, address: 0x1008, offset: 8, data: bytesOf(8) },
      {
        kind: 'memRead',
        flags: ['completed'],
        seq: 2,
        time,
        address: 0xffff_fffcn,
        offset: 0xffc,
        data: bytesOf(8),
        tag: 0xc1,
      },
    ]),
  ) as CapturedPacket[] as [CapturedPacket, CapturedPacket, CapturedPacket, CapturedPacket, CapturedPacket];
  expect(whole.header).toMatchObject({ length: 2, firstBe: 0xf, lastBe: 0xf });
  expect([low, high].map(address)).toEqual([0xfffffffc, 0x1_0000_0000]);
  expect([low, high].map(({ header }) => header.fmtType)).toEqual([FmtType.MRd, FmtType.MRd | 0x20]);
  expect([low, high].map(({ header }) => header.tag)).toEqual([0xc1, 0x81]);
  expect(high.record.offsetLo).toBe(0x1000);
  expect([...lowCompletion.body, ...highCompletion.body]).toEqual(bytesOf(8));
});

test('an odd, unaligned access enables only its bytes', () => {
  const [write] = readTlps(convert([{ kind: 'memWrite', seq: 1, time, address: 0x1003, offset: 3, data: [9, 8] }]));
  expect(write?.header).toMatchObject({ addressLo: 0x1000, length: 2, firstBe: 0b1000, lastBe: 0b0001 });
  expect([...(write?.body ?? [])]).toEqual([0, 0, 0, 9, 8, 0, 0, 0]);
});

test('an I/O read of two DWs is two requests with two tags, whose data are in their lanes', () => {
  const place = { space: 2, address: 0xc006, offset: 6, tag: 4 };
  const tlps = readTlps(
    convert([
      { kind: 'memRead', flags: ['forwarded', 'io'], seq: 1, time, dataLength: 4, ...place },
      { kind: 'memCompletion', flags: ['forwarded', 'io'], seq: 2, requestSeq: 1, time, data: bytesOf(4), ...place },
    ]),
  );
  expect(tlps.map(name)).toEqual(['IORd', 'IORd', 'CplD', 'CplD']);
  expect(tlps.map(({ header }) => [header.tag, header.length])).toEqual([
    [4, 1],
    [0x44, 1],
    [4, 1],
    [0x44, 1],
  ]);
  expect(tlps.slice(0, 2).map(({ header }) => [header.addressLo, header.firstBe, header.lastBe])).toEqual([
    [0xc004, 0b1100, 0],
    [0xc008, 0b0011, 0],
  ]);
  expect(tlps.slice(2).map(({ body }) => [...body])).toEqual([
    [0, 0, 1, 8],
    [15, 22, 0, 0],
  ]);
  expect(tlps.map(({ record }) => record.flags)).toEqual(Array(4).fill(RecordFlag.forwarded | RecordFlag.io));
  expect(tlps[3]?.record).toMatchObject({ offsetLo: 8, access: 4, requestLo: 1 });
});

test('an I/O write is completed, and so are those that no BAR claims or that time out', () => {
  const place = { space: 2, address: 0xc004, offset: 4, data: [1, 2] };
  const { packets } = readCapture(
    convert([
      { kind: 'memWrite', flags: ['io'], seq: 1, time, tag: 0xc0, ...place },
      { kind: 'memWrite', flags: ['io', 'unclaimed'], seq: 2, time, tag: 0xc0, ...place, status: 1 },
      { kind: 'memRead', flags: ['io', 'forwarded'], seq: 3, time, ...place, data: [], dataLength: 2 },
      { kind: 'memCompletion', flags: ['io', 'timedOut'], seq: 4, requestSeq: 3, ...place, data: [], dataLength: 2 },
    ]),
  );
  expect(packets.slice(1).map((packet) => [name(packet), packet.record.kind, packet.header.status])).toEqual([
    ['IOWr', RecordKind.tlp, 0],
    ['Cpl', RecordKind.tlp, 0],
    ['IOWr', RecordKind.tlp, 0],
    ['Cpl', RecordKind.tlp, 1],
    ['IORd', RecordKind.tlp, 0],
    ['MRd', RecordKind.timeout, 0],
  ]);
});

test('AtomicOps carry their operands, and their completion what was there', () => {
  const atomic = (vector: number, size: number, values: number) => ({
    kind: 'dmaAtomic' as const,
    flags: ['completed' as const],
    space: 255,
    address: 0x1_0000_0010n,
    latency: 7,
    vector,
    dataLength: size,
    data: bytesOf(size * values),
  });
  const tlps = readTlps(
    convert([
      { seq: 1, time, ...atomic(0, 4, 2) },
      { seq: 2, time, ...atomic(1, 8, 2) },
      { seq: 3, time, ...atomic(2, 16, 3) },
    ]),
  );
  const data = bytesOf(48);
  expect(tlps.map((packet) => [name(packet), packet.header.length, [...packet.body]])).toEqual([
    ['FetchAdd', 1, data.slice(4, 8)],
    ['CplD', 1, data.slice(0, 4)],
    ['Swap', 2, data.slice(8, 16)],
    ['CplD', 2, data.slice(0, 8)],
    ['CAS', 8, [...data.slice(32, 48), ...data.slice(16, 32)]],
    ['CplD', 4, data.slice(0, 16)],
  ]);
  expect(tlps[4]?.header).toMatchObject({ requester: 0, tag: 2, firstBe: 0, lastBe: 0, addressHi: 1, addressLo: 0x10 });
  expect(tlps[5]?.header).toMatchObject({ completer: ROOT_COMPLEX_ID, tag: 2, byteCount: 16, lowerAddress: 0 });
  expect(tlps[5]).toMatchObject({ timeNs: time + 7n, record: { requestLo: 3, latency: 7, direction: 1 } });
});

test('of an AtomicOp cut to a snap length no operand is in the place of another', () => {
  const bytes = bytesOf(20);
  const [request, completion] = readTlps(
    convert([
      {
        kind: 'dmaAtomic',
        flags: ['completed', 'truncated'],
        seq: 1,
        time,
        space: 255,
        address: 0x1000,
        vector: 2,
        dataLength: 8,
        data: bytes,
      },
    ]),
  ) as [CapturedPacket, CapturedPacket];
  expect([...request.body]).toEqual(bytes.slice(16, 20));
  expect(request.original).toBe(64 + 12 + 16);
  expect([...completion.body]).toEqual(bytes.slice(0, 8));
});

test('an MSI-X message is a memory write by the function', () => {
  const [message] = readTlps(
    convert([{ kind: 'msi', seq: 1, time, address: 0xfee0_1000n, vector: 3, space: 255, data: [0x21, 0x40, 0, 0] }]),
  );
  expect(message?.header).toMatchObject({ fmtType: FmtType.MWr, requester: 0, length: 1, firstBe: 0xf, lastBe: 0 });
  expect(message?.record).toMatchObject({ flags: RecordFlag.interrupt, detail: 3, direction: 2 });
});

test('timestamps are exact where the low half overflows', () => {
  const [, completion] = readTlps(
    convert([
      {
        kind: 'configRead',
        flags: ['completed'],
        seq: 1,
        time: 0x17a0_0000_ffff_fff0n,
        latency: 0x20,
        space: 7,
        data: [0, 0, 0, 0],
      },
    ]),
  );
  expect(completion?.timeNs).toBe(0x17a0_0001_0000_0010n);
});

test('losses are noted before the event that reports them, and at the end', () => {
  const { packets, statistics } = readCapture(
    convert(
      [{ kind: 'memWrite', seq: 8, time, lost: 5, address: 0x1000, data: [0, 0, 0, 0] }],
      {},
      { lost: 7, delivered: 1 },
    ),
  );
  expect(packets.map(({ record }) => record.kind)).toEqual([
    RecordKind.deviceMap,
    RecordKind.loss,
    RecordKind.tlp,
    RecordKind.loss,
  ]);
  expect(packets.map(({ dropped }) => dropped)).toEqual([0, 5, 0, 2]);
  expect(packets[2]?.record).toMatchObject({ part: 0, seqLo: 8, access: 4, direction: 1 });
  expect(statistics.at(-1)).toMatchObject({ received: 11n, dropped: 7n, delivered: 4n });
});

test('marks and DMA faults carry comments, log lines do not', () => {
  const text = [...Buffer.from('here')];
  const { packets } = readCapture(
    convert([
      { kind: 'mark', seq: 1, time, data: text, vector: 0 },
      { kind: 'mark', seq: 2, time, data: text, vector: 1 },
      { kind: 'dmaFault', seq: 3, time, address: 0x1234000, dataLength: 4096, status: 2, vector: 1 },
    ]),
  );
  expect(packets.slice(1).map(({ comments }) => comments)).toEqual([
    ['here'],
    [],
    ['DMA fault: write of 4096 bytes at 0x1234000: not mapped'],
  ]);
});

test('a snap length shortens packets, not what they say about their length', () => {
  const packets = readTlps(
    convert(
      [{ kind: 'dmaWrite', flags: ['truncated'], seq: 1, time, address: 0x1000, data: bytesOf(100), dataLength: 512 }],
      { mps: 256 },
    ),
  );
  expect(packets.map(({ header }) => header.length)).toEqual([64, 64]);
  expect(packets.map(({ body }) => body.length)).toEqual([100, 0]);
  expect(packets.map(({ original }) => original)).toEqual([64 + 12 + 256, 64 + 12 + 256]);
});

test('interface statistics follow capture time and packet count', () => {
  const second = 1_000_000_000n;
  const later = Array.from({ length: 4 }, (_, index) => ({
    kind: 'memWrite' as const,
    seq: index + 1,
    time: time + BigInt(index) * second,
    address: 0x1000,
    data: [0],
  }));
  expect(readCapture(convert(later, { startTime: Number(time / 1_000_000n) })).statistics).toHaveLength(4);
  const many = Array.from({ length: 0x10000 }, () => ({ kind: 'memWrite' as const, time, address: 0x1000, data: [0] }));
  expect(readCapture(convert(many, { startTime: Number(time / 1_000_000n) })).statistics).toHaveLength(2);
});

test('every function is an interface of its own', () => {
  const { interfaces, packets } = readCapture(
    convert([{ kind: 'memWrite', seq: 1, time, function: 1, address: 0x1000, data: [0] }], {
      maps: [exampleMap(), exampleMap({ name: 'second', function: 1 })],
    }),
  );
  expect(interfaces.map((info) => info.name)).toEqual(['1f000:00:00.0', '1f000:00:00.1']);
  expect(packets.at(-1)).toMatchObject({ interfaceId: 1, record: { function: 1, domain: 0x1f000 } });
});

test('bytes that are no records are refused', () => {
  const converter = new TapConverter({ maps: [exampleMap()], sink: () => {} });
  const bytes = tapBytes([{ kind: 'plug' }]);
  const view = new DataView(bytes.buffer);
  expect(() => converter.push(bytes, view, 0, 72)).toThrow(
    'tap bytes at 0 are no struct pciem_event: length 80 with 72 bytes left',
  );
  view.setUint32(0, 0, true);
  expect(() => converter.push(bytes, view, 0, 80)).toThrow('length 0');
});

test('padding is skipped', () => {
  const pad = new Uint8Array(8);
  pad[0] = 8;
  const bytes = Buffer.concat([tapBytes([{ kind: 'plug', seq: 1 }]), pad, tapBytes([{ kind: 'unplug', seq: 2 }])]);
  const converter = new TapConverter({ maps: [exampleMap()], sink: () => {} });
  converter.push(bytes, new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
  expect(converter.delivered).toBe(2);
});

test.each([
  [{ mps: 100 }, 'mps 100 must be one of 128, 256, 512, 1024, 2048, 4096'],
  [{ mrrs: 8192 }, 'mrrs 8192 must be one of'],
  [{ rcb: 32 }, 'rcb 32 must be 64 or 128'],
  [{ maps: [] }, 'maps is empty'],
])('options %j are refused', (options, message) => {
  expect(() => new TapConverter({ maps: [exampleMap()], sink: () => {}, ...options })).toThrow(message);
});

const size = fc.constantFrom(128, 256, 512, 1024, 2048, 4096);
const driverAccess = fc.record({
  address: fc.oneof(fc.nat(0x2000), fc.bigInt(0xffff_f000n, 0x1_0000_1000n)),
  data: fc.uint8Array({ minLength: 1, maxLength: 8 }),
});
const ioAccess = fc
  .nat(0xf8)
  .chain((offset) =>
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((data) => ({ address: 0xc000 + offset, offset, space: 2, data })),
  );
const anyEvent: fc.Arbitrary<EventInit[]> = fc.oneof(
  driverAccess.map((access) => [{ kind: 'memWrite' as const, ...access }]),
  driverAccess.map((access) => [{ kind: 'memRead' as const, flags: ['completed' as const], tag: 0xc0, ...access }]),
  driverAccess.map(({ data, ...access }) => [
    { kind: 'memRead' as const, flags: ['forwarded' as const], dataLength: data.length, tag: 5, ...access },
    { kind: 'memCompletion' as const, flags: ['forwarded' as const], data, tag: 5, ...access },
  ]),
  fc
    .record({
      kind: fc.constantFrom('configRead' as const, 'configWrite' as const),
      offset: fc.nat(1023).map((dword) => dword * 4),
      data: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    })
    .map((access) => [{ flags: ['completed' as const], space: 7, tag: 0x80, ...access }]),
  ioAccess.map((access) => [{ kind: 'memWrite' as const, flags: ['io' as const], tag: 0xc0, ...access }]),
  ioAccess.map((access) => [
    { kind: 'memRead' as const, flags: ['completed' as const, 'io' as const], tag: 0xc0, ...access },
  ]),
  ioAccess.map(({ data, ...access }) => [
    {
      kind: 'memRead' as const,
      flags: ['forwarded' as const, 'io' as const],
      dataLength: data.length,
      tag: 5,
      ...access,
    },
    { kind: 'memCompletion' as const, flags: ['forwarded' as const, 'io' as const], data, tag: 5, ...access },
  ]),
  fc
    .record({ vector: fc.nat(2), words: fc.constantFrom(1, 2), block: fc.bigInt(0xffff_ff0n, 0x1000_0010n) })
    .map(({ vector, words, block }) => {
      const dataLength = (vector === 2 ? 8 : 4) * words;
      const place = { space: 255, address: block * 16n, vector, dataLength };
      return [{ kind: 'dmaAtomic' as const, flags: ['completed' as const], ...place, data: bytesOf(3 * dataLength) }];
    }),
  fc
    .record({
      kind: fc.constantFrom('dmaRead' as const, 'dmaWrite' as const),
      address: fc.oneof(fc.nat(0xffff), fc.bigInt(0xffff_0000n, 0x1_0000_ffffn)),
      data: fc.integer({ min: 1, max: 20000 }).map((length) => bytesOf(length)),
    })
    .map((access) => [access]),
);

test('every TLP is legal, every request is completed, and no byte is lost or moved, whatever the limits', () => {
  fc.assert(
    fc.property(
      fc.array(anyEvent, { maxLength: 12 }),
      size,
      size,
      fc.constantFrom(64, 128),
      (groups, mps, mrrs, rcb) => {
        const events = groups.flat().map((event, index) => ({ ...event, seq: index + 1, time }));
        const checker = new TlpChecker({
          mps,
          mrrs: 4096,
          rcbOf: (id) => (id === ROOT_COMPLEX_ID ? rcb : ENDPOINT_RCB),
        });
        const tlps = readTlps(convert(events, { mps, mrrs, rcb }));
        for (const packet of tlps) expect(checker.check(packet.header, packet.body.length)).toEqual([]);
        expect(checker.outstanding).toBe(0);
        for (const event of events) {
          const own = tlps.filter(({ record, header }) => record.seqLo === event.seq && header.fmtType & 0x40);
          const bytes = own.flatMap((packet) => enabled(packet));
          if (event.data && event.kind !== 'dmaAtomic') expect(bytes).toEqual(carried(event));
        }
      },
    ),
    { numRuns: 300 },
  );
});

/** The event's data, as completions carry them; those in I/O space fill their DWs with zeros. */
function carried({ kind, flags, address, data }: EventInit): number[] {
  const bytes = [...(data ?? [])];
  if (kind === 'memWrite' || !flags?.some((flag) => flag === 'io')) return bytes;
  const lead = Number(address) & 3;
  return [...Array(lead).fill(0), ...bytes, ...Array(-(lead + bytes.length) & 3).fill(0)];
}

/** The bytes of a payload that mean something, by an account of its own. */
function enabled({ header, body, record }: CapturedPacket): number[] {
  if (name({ header } as CapturedPacket) === 'CplD') {
    if (record.flags & RecordFlag.io) return [...body];
    const lead = record.space === 7 ? record.offsetLo & 3 : header.lowerAddress & 3;
    return [...body.subarray(lead, lead + Math.min(header.byteCount, body.length - lead))];
  }
  return [...body].filter((_, index) => {
    const enables = index < 4 ? header.firstBe : index >= body.length - 4 ? header.lastBe : 0xf;
    return (enables >> (index & 3)) & 1;
  });
}

test('notes what is kept, and why the capture ends', () => {
  const chunks: Uint8Array[] = [];
  const converter = new TapConverter({
    maps: [exampleMap()],
    sink: (chunk) => chunks.push(chunk.slice()),
    session: 'everything',
  });
  const bytes = tapBytes([{ kind: 'plug', seq: 1, time: 5n, lost: 2 }]);
  converter.push(bytes, new DataView(bytes.buffer), 0, bytes.length);
  converter.finish({ lost: 3, delivered: 1 }, 'enough');
  const { packets } = readCapture(new Uint8Array(Buffer.concat(chunks)));
  expect(
    packets.map(({ record, body }) => (record.kind === 9 ? `${record.detail} ${Buffer.from(body)}` : record.kind)),
  ).toEqual([2, '3 everything', 11, 5, 11, '4 enough']);
});

test('callers are named before their first request, once for each name and function', () => {
  const place = { time, space: 0, offset: 0x1c, address: 0x80_0000_001cn, data: [1, 0, 0, 0] };
  const named = (caller: number, text: string): EventInit => ({ kind: 'caller', caller, data: Buffer.from(text) });
  const read = (seq: number, caller: number, fn = 0): EventInit => {
    return { kind: 'memRead', flags: ['completed'], seq, caller, function: fn, ...place };
  };
  const { packets } = readCapture(
    convert(
      [
        { kind: 'configRead', flags: ['completed'], seq: 1, time, space: 7, data: [1, 0] },
        named(70, 'a+0x1/0x2 [m]'),
        named(71, 'b+0x1/0x2 [m]'),
        read(2, 71),
        read(3, 70),
        named(99, 'b+0x1/0x2 [m]'),
        read(4, 99),
        read(5, 12),
        { kind: 'configWrite', flags: ['completed'], seq: 6, caller: 70, time, space: 7, offset: 4, data: [6, 0] },
        { kind: 'msi', seq: 7, time, space: 255, address: 0xfee0_0000, vector: 3, data: [1, 0, 0, 0] },
        read(8, 99, 1),
      ],
      { maps: [exampleMap({}), exampleMap({ function: 1 })] },
    ),
  );
  const shown = packets
    .filter(({ record: { kind } }) => kind === RecordKind.tlp || kind === RecordKind.caller)
    .map(({ record: { kind, detail, function: fn }, body, ...packet }) =>
      kind === RecordKind.caller
        ? `${fn}: ${detail} is ${Buffer.from(body)}`
        : `${fn}: ${tlpName((packet as CapturedPacket).header.fmtType)} ${detail}`,
    );
  expect(shown).toEqual([
    ...['0: CfgRd0 0', '0: CplD 0', '0: 2 is b+0x1/0x2 [m]', '0: MRd 2', '0: CplD 0', '0: 1 is a+0x1/0x2 [m]'],
    ...['0: MRd 1', '0: CplD 0', '0: MRd 2', '0: CplD 0', '0: MRd 0', '0: CplD 0', '0: CfgWr0 1', '0: Cpl 0'],
    ...['0: MWr 3', '1: 2 is b+0x1/0x2 [m]', '1: MRd 2', '1: CplD 0'],
  ]);
});
