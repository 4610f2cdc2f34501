import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PacketDirection } from './format.ts';
import { type PcapngEnd, PcapngReader } from './reader.ts';
import { type PacketExtras, PcapngWriter } from './writer.ts';

interface Packet {
  interfaceId: number;
  timeHi: number;
  timeLo: number;
  data: Uint8Array;
  original: number;
  direction: number;
  extras?: PacketExtras;
}

function write(packets: readonly Packet[], bufferBytes = 1 << 16): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter((chunk) => chunks.push(chunk.slice()), bufferBytes);
  writer.section({ hardware: 'bus', os: 'test', application: 'x' });
  writer.addInterface({ name: 'first', description: 'ä', hardware: 'hw' });
  writer.addInterface({ name: 'second' });
  for (const packet of packets) {
    writer.bytes.set(packet.data, writer.begin(packet.data.length));
    const { interfaceId, timeHi, timeLo, data, original, direction, extras } = packet;
    writer.end(interfaceId, timeHi, timeLo, data.length, original, direction, extras);
  }
  writer.statistics(1, { startHi: 0, startLo: 1, timeHi: 2, timeLo: 3, received: 2 ** 40, dropped: 5, delivered: 6 });
  writer.flush();
  return new Uint8Array(Buffer.concat(chunks));
}

function read(file: Uint8Array, chunkBytes = file.length || 1) {
  const packets: Packet[] = [];
  const seen: string[] = [];
  const reader = new PcapngReader({
    section: () => seen.push('section'),
    interface: (info) =>
      seen.push(
        `interface ${info.id} ${info.name} ${info.description} ${info.hardware} ${info.linkType} ${info.timestampResolution}`,
      ),
    packet: (packet) => {
      const { timeHi, timeLo, original, direction, dropped, comments } = packet;
      const extras: PacketExtras = {};
      if (dropped) extras.dropped = dropped;
      if (comments[0]) extras.comment = comments[0];
      const data = packet.bytes.slice(packet.start, packet.start + packet.captured);
      packets.push({
        interfaceId: packet.interface.id,
        timeHi,
        timeLo,
        data,
        original,
        direction,
        ...(Object.keys(extras).length > 0 && { extras }),
      });
    },
    statistics: ({ interface: info, ...counts }) =>
      seen.push(`statistics ${info.id} ${Object.values(counts).join(' ')}`),
  });
  for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.slice(at, at + chunkBytes));
  return { packets, seen, end: reader.finish() as PcapngEnd };
}

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const packet: fc.Arbitrary<Packet> = fc
  .record(
    {
      interfaceId: fc.nat(1),
      timeHi: u32,
      timeLo: u32,
      data: fc.uint8Array({ maxLength: 70 }),
      extra: fc.nat(10),
      direction: fc.constantFrom(...Object.values(PacketDirection)),
      extras: fc.record({
        dropped: fc.integer({ min: 1, max: 2 ** 40 }),
        comment: fc.string({ minLength: 1, maxLength: 20 }),
      }),
    },
    { requiredKeys: ['interfaceId', 'timeHi', 'timeLo', 'data', 'extra', 'direction'] },
  )
  .map(({ extra, ...rest }) => ({ ...rest, original: rest.data.length + extra }));

test('reads back what it wrote, whatever the chunks', () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 20 }), fc.integer({ min: 1, max: 300 }), (packets, chunkBytes) => {
      const contents = read(write(packets, 5000), chunkBytes);
      expect(contents.packets).toEqual(packets);
      expect(contents.end).toEqual({ blocks: 4 + packets.length, skippedBytes: 0, truncatedBytes: 0 });
    }),
  );
});

test('describes interfaces and counts', () => {
  expect(read(write([])).seen).toEqual([
    'section',
    'interface 0 first ä hw 147 9',
    'interface 1 second   147 9',
    `statistics 1 ${2 ** 40} 5 6`,
  ]);
});

const example: Packet[] = Array.from({ length: 5 }, (_, index) => ({
  interfaceId: index & 1,
  timeHi: 1,
  timeLo: index,
  data: new Uint8Array(10 + index).fill(index),
  original: 20,
  direction: 1,
}));

/** The same file as a writer of the other byte order would make it. */
function swapped(file: Uint8Array): Uint8Array {
  const result = file.slice();
  const swap = (at: number, size: number) => result.subarray(at, at + size).reverse();
  const view = new DataView(file.buffer);
  for (let at = 0; at < file.length; ) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const fixed = { 168627466: [4, 2, 2, 8], 1: [2, 2, 4], 5: [4, 4, 4], 6: [4, 4, 4, 4, 4] }[type] as number[];
    swap(at, 4);
    swap(at + 4, 4);
    let next = at + 8;
    for (const size of fixed) {
      swap(next, size);
      next += size;
    }
    if (type === 6) next += (view.getUint32(at + 20, true) + 3) & ~3;
    while (next < at + length - 4) {
      const code = view.getUint16(next, true);
      const size = view.getUint16(next + 2, true);
      swap(next, 2);
      swap(next + 2, 2);
      // Timestamps are two 32-bit values; all other numbers are one.
      if (type === 5 && (code === 2 || code === 3)) for (const half of [next + 4, next + 8]) swap(half, 4);
      else if ((type === 5 || type === 6) && code !== 1) swap(next + 4, size);
      next += 4 + ((size + 3) & ~3);
    }
    swap(at + length - 4, 4);
    at += length;
  }
  return result;
}

test('reads either byte order, and several sections', () => {
  const file = write(example);
  const contents = read(new Uint8Array(Buffer.concat([file, swapped(file), file])), 7);
  expect(contents.packets).toEqual([...example, ...example, ...example]);
  expect(contents.seen.filter((line) => line === 'section')).toHaveLength(3);
  expect(new Set(contents.seen).size).toBe(4);
});

test('skips blocks of unknown types', () => {
  const unknown = Uint8Array.of(0x0c, 0x0b, 0, 0, 16, 0, 0, 0, 1, 2, 3, 4, 16, 0, 0, 0);
  const file = write(example);
  const contents = read(new Uint8Array(Buffer.concat([file, unknown, file])));
  expect(contents.packets).toHaveLength(10);
  expect(contents.end.skippedBytes).toBe(0);
});

test('a file cut anywhere yields all its whole packets', () => {
  const file = write(example);
  let before = 0;
  for (let length = 0; length <= file.length; length++) {
    const { packets, end } = read(file.slice(0, length), 64);
    expect(packets).toEqual(example.slice(0, packets.length));
    expect(packets.length).toBeGreaterThanOrEqual(before);
    expect(end.skippedBytes).toBe(0);
    before = packets.length;
  }
  expect(before).toBe(example.length);
});

test('goes on behind damage and counts the bytes it skipped', () => {
  const file = write(example);
  const view = new DataView(file.buffer);
  let at = 0;
  while (view.getUint32(at, true) !== 6) at += view.getUint32(at + 4, true);
  const length = view.getUint32(at + 4, true);
  for (const damage of [
    () => view.setUint32(at + 4, 13, true),
    () => view.setUint32(at + 4, 0x100000, true),
    () => view.setUint32(at + length - 4, 0, true),
  ]) {
    const original = file.slice();
    damage();
    const { packets, end } = read(file, 50);
    expect(packets).toEqual(example.slice(1));
    expect(end).toEqual({ blocks: 8, skippedBytes: length, truncatedBytes: 0 });
    file.set(original);
  }
});

test('damaged bytes never throw', () => {
  const file = write(example);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 20 }), (changes) => {
      const damaged = file.slice();
      for (const [at, value] of changes) damaged[at] = value;
      const { end } = read(damaged, 100);
      expect(end.blocks).toBeLessThanOrEqual(9);
    }),
    { numRuns: 500 },
  );
});

test('bytes that are no pcapng are all skipped', () => {
  expect(read(new Uint8Array(100).fill(0x41)).end).toEqual({ blocks: 0, skippedBytes: 89, truncatedBytes: 11 });
});

test('a block larger than the buffer is refused', () => {
  const writer = new PcapngWriter(() => {}, 6000);
  expect(() => writer.begin(9000)).toThrow('exceeds the buffer of 6000');
});

test('keeps nothing of a chunk that is reused, even if it is a Buffer', () => {
  const data = Uint8Array.from({ length: 40 }, (_, i) => i);
  const file = write([{ interfaceId: 0, timeHi: 0, timeLo: 0, data, original: 40, direction: 0 }]);
  const seen: Uint8Array[] = [];
  const reader = new PcapngReader({
    packet: ({ bytes, start, captured }) => seen.push(new Uint8Array(bytes.subarray(start, start + captured))),
  });
  const chunk = Buffer.alloc(24);
  for (let at = 0; at < file.length; at += chunk.length) {
    const count = Math.min(chunk.length, file.length - at);
    chunk.set(file.subarray(at, at + count));
    reader.push(chunk.subarray(0, count));
  }
  expect(reader.finish()).toMatchObject({ skippedBytes: 0, truncatedBytes: 0 });
  expect(seen).toEqual([data]);
});
