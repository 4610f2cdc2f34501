import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered, session, sessionMap } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

/** What `-z pciem,NAME` prints about a file, rows in words. */
function statistics(name: string, path: string, ...args: string[]): string[] {
  const { lines } = bench.tshark(path, '-q', '-z', `pciem,${name}`, ...args);
  return lines.filter((line) => !line.startsWith('===')).map((line) => line.trim().replace(/ {2,}/g, ' | '));
}

const faulty: EventInit[] = [
  { kind: 'memRead', flags: ['forwarded'], address: 0x101c, offset: 0x1c, dataLength: 4, tag: 7 },
  { kind: 'dmaFault', address: 0x1234000, dataLength: 4096, status: 3, vector: 1 },
  { kind: 'memWrite', space: 255, address: 0x1000, flags: ['unclaimed'], data: bytesOf(1, 4) },
];

test('a summary: problems first, then traffic by type and by function', () => {
  const path = bench.file(convert(session, { maps: [sessionMap] }));
  expect(statistics('summary', path)).toEqual([
    'PCI Express: summary',
    'Problem | packets | payload bytes',
    'Type | packets | payload bytes',
    'CfgRd0 | 3 | 0',
    'CfgWr0 | 1 | 4',
    'Cpl | 1 | 0',
    'CplD | 7 | 228',
    'Device map | 1 | 0',
    'Driver bound | 1 | 0',
    'Driver unbound | 1 | 0',
    'MRd | 4 | 0',
    'MWr | 7 | 36',
    'MWr (interrupt) | 1 | 4',
    'Mark | 1 | 0',
    'Plug | 1 | 0',
    'Reset | 1 | 0',
    'Unplug | 1 | 0',
    'Function | packets | payload bytes',
    '1f000:00:00.0 | 31 | 272',
  ]);
});

test.each([[[]], [['-2']]])('problems are counted by kind, missing completions too (%s)', (args) => {
  const path = bench.file(convert(numbered(faulty)));
  expect(statistics('summary', path, ...args).slice(1, 5)).toEqual([
    'Problem | packets | payload bytes',
    'DMA fault | 1 | 0',
    'No BAR claims the address, or the BAR is disabled | 1 | 0',
    'Request without a completion | 1 | 0',
  ]);
});

test('the tables of the suite name what is wrong, and nothing else', () => {
  expect(bench.overview(bench.file(convert(numbered(faulty)))).flaws).toEqual([
    'DMA fault 1 0',
    'No BAR claims the address, or the BAR is disabled 1 0',
    'Request without a completion 1 0',
    expect.stringMatching(/^1 Response PCIEM DMA fault/),
    expect.stringMatching(/^1 Response PCIEM No BAR/),
  ]);
  const plain: EventInit[] = [
    { kind: 'memRead', flags: ['completed'], address: 0x101c, offset: 0x1c, latency: 5, data: bytesOf(1, 4) },
    { kind: 'dmaRead', space: 255, address: 0x2000, latency: 1500, data: new Uint8Array(64) },
    { kind: 'mark', data: Buffer.from('a comment') },
  ];
  expect(bench.overview(bench.file(convert(numbered(plain))))).toEqual({ flaws: [], responses: 2 });
});

test('response times by kind of request, with the frames of the shortest and the longest', () => {
  const read = (latency: number): EventInit => ({
    kind: 'memRead',
    flags: ['completed'],
    address: 0x101c,
    offset: 0x1c,
    latency,
    data: bytesOf(1, 4),
  });
  const events: EventInit[] = [
    read(500),
    read(100),
    read(900),
    read(100),
    { kind: 'dmaRead', space: 255, address: 0x2000, latency: 1500, data: new Uint8Array(64) },
  ];
  expect(statistics('latency', bench.file(convert(numbered(events))))).toEqual([
    'PCI Express: response time, request to last completion (us)',
    'Request | count | min | in frame | average | max | in frame',
    'MRd BAR 0 | 4 | 0.100 | 4 | 0.400 | 0.900 | 6',
    'MRd DMA | 1 | 1.500 | 10 | 1.500 | 1.500 | 10',
  ]);
});

test('conversations per function, by direction', () => {
  const events: EventInit[] = [
    { kind: 'memWrite', address: 0x1000, data: bytesOf(1, 4) },
    { kind: 'dmaWrite', space: 255, address: 0x2000, data: new Uint8Array(64) },
    { kind: 'memWrite', function: 1, address: 0x1000, data: bytesOf(1, 4) },
  ];
  const path = bench.file(convert(numbered(events), { maps: [exampleMap(), exampleMap({ function: 1 })] }));
  expect(statistics('conversations', path)).toEqual([
    'PCI Express: conversations of the root complex with functions',
    'Function | TLPs to | payload | TLPs from | payload | duration (s)',
    '1f000:00:00.0 | 1 | 4 | 1 | 64 | 0.000001',
    '1f000:00:00.1 | 1 | 4 | 0 | 0 | 0.000000',
  ]);
});
