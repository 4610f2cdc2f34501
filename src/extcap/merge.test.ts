import { expect, test } from 'vitest';
import { convert, exampleMap, readCapture } from '../../capture/src/testing/capture.ts';
import { SectionMerger } from './merge.ts';

const two = [exampleMap(), exampleMap({ function: 1 })];
const first = convert(
  [
    { kind: 'plug', seq: 1, time: 1n },
    { kind: 'memWrite', function: 1, seq: 2, time: 2n, data: [1, 2, 3, 4], address: 0x1000 },
  ],
  { maps: two },
);
const second = convert([{ kind: 'unplug', seq: 1, time: 3n }], { maps: [exampleMap({ domain: 0x1f001 })] });

test.each([1, 7, 64, 100_000])('captures in pieces of %i bytes are merged into one section', (size) => {
  const chunks: Uint8Array[] = [];
  const merger = new SectionMerger((block) => chunks.push(block.slice()));
  const inputs = [first, second].map((bytes) => ({ bytes, take: merger.input() }));
  for (let at = 0; at < Math.max(first.length, second.length); at += size) {
    for (const { bytes, take } of inputs) take(bytes.subarray(at, at + size));
  }
  const merged = readCapture(new Uint8Array(Buffer.concat(chunks)));
  expect(merged.interfaces.map(({ name }) => name).sort()).toEqual(['1f000:00:00.0', '1f000:00:00.1', '1f001:00:00.0']);
  expect(merged.end).toEqual({ ...merged.end, skippedBytes: 0, truncatedBytes: 0 });
  for (const { interfaceId, record } of merged.packets) {
    const name = `${record.domain.toString(16)}:00:00.${record.function & 7}`;
    expect(merged.interfaces[interfaceId]?.name).toBe(name);
  }
  const count = (bytes: Uint8Array) => readCapture(bytes).packets.length;
  expect(merged.packets).toHaveLength(count(first) + count(second));
});

test('a packet of an interface that was never described', () => {
  const take = new SectionMerger(() => {}).input();
  const at = Buffer.from(first).readUInt32LE(4);
  const idb = Buffer.from(first).readUInt32LE(at + 4);
  const orphan = Buffer.from(first);
  expect(() => take(Buffer.concat([orphan.subarray(0, at), orphan.subarray(at + 2 * idb)]))).toThrow(
    'a packet of an interface that was not described',
  );
});
