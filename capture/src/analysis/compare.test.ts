import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { access, forwardedRead } from '../testing/analyze.ts';
import { convert } from '../testing/capture.ts';
import type { EventInit } from '../testing/events.ts';
import { compareCaptures } from './compare.ts';

const folder = await mkdtemp(join(tmpdir(), 'pciem-compare-'));
afterAll(() => rm(folder, { recursive: true }));

async function compare(a: EventInit[], b: EventInit[]) {
  const paths = [join(folder, 'a.pcapng'), join(folder, 'b.pcapng')] as const;
  await writeFile(paths[0], convert(a));
  await writeFile(paths[1], convert(b));
  return compareCaptures(...paths);
}

const ring = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => access('memWrite', i % 2 ? 0x1004 : 0x1000, i, from + i * 10));

test('the same accesses at other times are no difference, but a shift in latency', async () => {
  const result = await compare(
    [...ring(20), ...forwardedRead(0x1c, 1, 1000, 100)],
    [...ring(20, 5000), ...forwardedRead(0x1c, 1, 9000, 300)],
  );
  expect(result).toMatchObject({ accessesA: 21, common: 21, added: 0, missing: 0, otherValue: 0, rows: [] });
  expect(result.divergence).toBeUndefined();
  expect(result.latencies).toMatchObject([{ register: 'CSTS', name: 'MRd', a: { p50: 100 }, b: { p50: 300 } }]);
});

test('finds the first divergence and what was added and missing, and goes on behind it', async () => {
  const [before, behind] = [ring(10), ring(10, 1000)];
  const extra = [access('memWrite', 0x14, 1, 500), access('memWrite', 0x14, 2, 510)];
  const gone = access('memWrite', 0x1008, 1, 520);
  const result = await compare([...before, gone, ...behind], [...before, ...extra, ...behind]);
  expect(result).toMatchObject({ accessesA: 21, accessesB: 22, common: 20, added: 2, missing: 1, otherValue: 0 });
  // Packet 1 is the device map.
  expect(result.divergence).toMatchObject({
    a: { frame: 12, what: 'write 32 bit: SQ1 tail doorbell' },
    b: { frame: 12, what: 'write 32 bit: CC', value: '0x00000001' },
  });
  expect(result.rows).toMatchObject([
    { what: 'write 32 bit: CC', added: 2, missing: 0, frameA: 0, frameB: 12 },
    { what: 'write 32 bit: SQ1 tail doorbell', added: 0, missing: 1, frameA: 12, frameB: 0 },
  ]);
});

test('other values are told apart from other accesses', async () => {
  const result = await compare(
    [...ring(5), ...forwardedRead(0x1c, 0, 100, 5), ...ring(5, 200)],
    [...ring(5), ...forwardedRead(0x1c, 1, 100, 5), ...ring(5, 200)],
  );
  expect(result).toMatchObject({ common: 11, added: 0, missing: 0, otherValue: 1 });
  expect(result.divergence).toBeUndefined();
  expect(result.valueDivergence).toMatchObject({ a: { value: '0x00000000', frame: 7 }, b: { value: '0x00000001' } });
});

test('one that ends earlier misses the rest', async () => {
  const result = await compare(ring(20), ring(12));
  expect(result).toMatchObject({ common: 12, missing: 8, added: 0, divergence: { a: { frame: 14 } } });
  expect(result.divergence?.b).toBeUndefined();
});
