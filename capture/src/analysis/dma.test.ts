import { expect, test } from 'vitest';
import { analyze, dma, START } from '../testing/analyze.ts';
import type { EventInit } from '../testing/events.ts';
import { Dma } from './dma.ts';

test('bytes by direction, kind of memory and range of pages', () => {
  const analysis = new Dma();
  analyze(analysis, [
    dma('dmaRead', 0x1_0000_0040, new Uint8Array(64), 1, { flags: ['coherent'] }),
    dma('dmaWrite', 0x1_0000_1000, new Uint8Array(16), 2, { flags: ['coherent'] }),
    dma('dmaWrite', 0x2_0000_0f00, new Uint8Array(0x300), 3),
    dma('dmaRead', 0x3_0000_0000, new Uint8Array(8192), 4),
  ]);
  expect(analysis.report()).toEqual({
    pageBytes: 4096,
    faults: 0,
    faultRows: [],
    ranges: [
      {
        function: '1f000:00:00.0',
        kind: 'coherent',
        from: 0x1_0000_0000,
        to: 0x1_0000_2000,
        readBytes: 64,
        reads: 1,
        writtenBytes: 16,
        writes: 1,
        firstFrame: 2,
        lastFrame: 4,
      },
      expect.objectContaining({
        kind: 'streaming',
        from: 0x2_0000_0000,
        to: 0x2_0000_2000,
        writtenBytes: 0x300,
        writes: 2,
      }),
      expect.objectContaining({ kind: 'streaming', from: 0x3_0000_0000, to: 0x3_0000_2000, readBytes: 8192, reads: 2 }),
    ],
  });
});

test('an AtomicOp reads and writes as many bytes as it exchanges', () => {
  const analysis = new Dma();
  const atomic: EventInit = { kind: 'dmaAtomic', flags: ['completed'], space: 255, address: 0x5000 };
  const result = analyze(analysis, [
    { ...atomic, seq: 1, time: START, vector: 2, dataLength: 8, data: new Uint8Array(24) },
    { ...atomic, seq: 2, time: START, vector: 0, dataLength: 4, data: new Uint8Array(8) },
  ]);
  expect(result.packets).toBe(5);
  expect(analysis.report().ranges).toMatchObject([{ readBytes: 12, reads: 2, writtenBytes: 12, writes: 2 }]);
});

test('a fault names the last access to its page that was allowed', () => {
  const analysis = new Dma();
  const fault = { kind: 'dmaFault', status: 2, vector: 1, dataLength: 512 } as const;
  analyze(analysis, [
    dma('dmaWrite', 0x8000, new Uint8Array(512), 1),
    { ...fault, seq: 8000, time: START + 2n, address: 0x8200 },
    { ...fault, seq: 8001, time: START + 3n, address: 0x9000 },
  ]);
  expect(analysis.report()).toMatchObject({
    faults: 2,
    faultRows: [
      { frame: 3, write: true, address: 0x8200, bytes: 512, reason: 'not mapped', allowedFrame: 2 },
      { frame: 4, address: 0x9000, allowedFrame: 0 },
    ],
  });
});

test('memory stays bounded when very many pages are accessed', () => {
  const analysis = new Dma();
  const events = Array.from({ length: 40_000 }, (_, i) => dma('dmaWrite', i * 8192, new Uint8Array(4), i));
  analyze(analysis, events);
  const { pageBytes, ranges } = analysis.report();
  expect(pageBytes).toBeGreaterThan(4096);
  expect(ranges.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0)).toBe(160_000);
});
