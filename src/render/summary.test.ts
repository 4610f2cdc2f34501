import { uapi } from '@pciem/capture/uapi';
import { expect, test } from 'vitest';
import type { Stats } from '../host/kernel/stats.ts';
import { renderSummary } from './summary.ts';
import { count, grouped } from './text.ts';

const none = Object.fromEntries(Object.keys(uapi.structs.pciem_stats.fields).map((name) => [name, 0])) as Stats;

test('a run without trouble is one line', () => {
  expect(renderSummary({ ...none, reads: 1, writes: 12345, config_reads: 2, interrupts: 1 })).toEqual([
    '1 read, 12,345 writes, 2 configuration accesses, 0 DMA reads, 0 DMA writes, 1 interrupt, 0 lost',
  ]);
});

test('trouble gets a line of its own', () => {
  expect(renderSummary({ ...none, forwarded: 3, timeouts: 2, late: 1, dma_faults: 4 })).toEqual([
    '0 reads (3 answered by the device), 0 writes, 0 configuration accesses, 0 DMA reads, 0 DMA writes, 0 interrupts, 0 lost',
    '2 completion timeouts, 1 late answer, 4 refused DMA accesses',
  ]);
});

test('numbers are grouped, words get their plural', () => {
  expect([0, 999, 1000, 1234567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([count(1, 'access'), count(2, 'access')]).toEqual(['1 access', '2 accesses']);
});
