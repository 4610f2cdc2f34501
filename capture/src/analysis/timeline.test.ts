import { expect, test } from 'vitest';
import { access, analyze, dma, forwardedRead, interrupt } from '../testing/analyze.ts';
import { Lanes } from './timeline.ts';

test('activity by kind, in columns from the first packet to the last', () => {
  const lanes = new Lanes();
  const file = analyze(lanes, [
    access('memWrite', 0x14, 1, 0),
    ...forwardedRead(0x1c, 1, 100_000, 10),
    dma('dmaWrite', 0x1000, new Uint8Array(512), 310_000),
    interrupt(0, 390_000),
    access('memWrite', 0x1000, 1, 400_000),
  ]);
  const { from, to, lanes: rows } = lanes.report(4, file);
  expect([from, to]).toEqual([0, 400_000]);
  const values = Object.fromEntries(rows.map((row) => [row.name, row.values]));
  expect(values).toEqual({
    config: [0, 0, 0, 0],
    'register reads': [0, 1, 0, 0],
    'register writes': [1, 0, 0, 1],
    'DMA reads': [0, 0, 0, 0],
    'DMA writes': [0, 0, 0, 512],
    interrupts: [0, 0, 0, 1],
    problems: [0, 0, 0, 0],
  });
  expect(rows.find(({ name }) => name === 'DMA writes')).toMatchObject({ total: 512, unit: 'bytes', firstFrame: 5 });
});
