import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

function capture(events: EventInit[], options?: Parameters<typeof convert>[1]): string {
  return bench.file(convert(numbered(events), options));
}

const access = { address: 0x101c, offset: 0x1c, dataLength: 4, tag: 7 };
const request: EventInit = { kind: 'memRead', flags: ['forwarded'], ...access };
const answer = (requestSeq: number, more: Partial<EventInit> = {}): EventInit => {
  return {
    kind: 'memCompletion',
    flags: ['forwarded'],
    requestSeq,
    latency: 1000,
    ...access,
    data: bytesOf(1, 4),
    ...more,
  };
};
const LINKS = [
  'frame.number',
  'pciem.completion_in',
  'pciem.completion_to',
  'pciem.completion_time',
  'pciem.latency',
  'pciem.response_time',
];

test('request and completion point at each other', () => {
  const path = capture([request, answer(1)]);
  expect(bench.fields(path, LINKS, '-2', '-Y', 'pciem.tag')).toEqual([
    ['2', '3', '', '', '0.000001000', '0.000001000'],
    ['3', '', '2', '0.000001000', '0.000001000', '0.000001000'],
  ]);
});

test('a completion points at its request on the first pass too', () => {
  const path = capture([request, answer(1)]);
  expect(bench.fields(path, LINKS, '-Y', 'pciem.cpl.status')).toEqual([
    ['3', '', '2', '0.000001000', '0.000001000', '0.000001000'],
  ]);
});

test('a read with several completions has a latency and a response time', () => {
  const path = capture([{ kind: 'dmaRead', address: 0x1_0000_0fc0, latency: 500, data: new Uint8Array(320) }], {
    mps: 128,
    mrrs: 256,
  });
  expect(bench.fields(path, [...LINKS, 'pciem.tag', 'pciem.cpl.byte_count'], '-2', '-Y', 'pciem.tag')).toEqual([
    ['2', '4', '', '', '0.000000500', '0.000000500', '0x0000', ''],
    ['3', '5,6', '', '', '0.000000500', '0.000000500', '0x0001', ''],
    ['4', '', '2', '0.000000500', '0.000000500', '0.000000500', '0x0000', '64'],
    ['5', '', '3', '0.000000500', '0.000000500', '', '0x0001', '256'],
    ['6', '', '3', '0.000000500', '', '0.000000500', '0x0001', '128'],
  ]);
  expect(bench.experts(path, '-2')).toEqual([]);
});

test('completions out of order find their requests', () => {
  const second = { address: 0x1000, offset: 0, tag: 8 };
  const path = capture([request, { ...request, ...second }, answer(2, second), answer(1)]);
  expect(
    bench.fields(path, ['frame.number', 'pciem.completion_in', 'pciem.completion_to'], '-2', '-Y', 'pciem.tag'),
  ).toEqual([
    ['2', '5', ''],
    ['3', '4', ''],
    ['4', '', '3'],
    ['5', '', '2'],
  ]);
});

test('a completion timeout', () => {
  const path = capture([request, answer(1, { flags: ['forwarded', 'timedOut'], data: [] })]);
  expect(bench.info(path)[2]).toBe('Completion timeout, 4 bytes @ 0x101c  CSTS');
  expect(bench.experts(path, '-2')).toEqual(['3: Completion timeout']);
  expect(
    bench.fields(path, ['pciem.timeout_in', 'pciem.completion_to', 'pciem.completion_time'], '-2', '-Y', 'pciem.tag'),
  ).toEqual([
    ['3', '', ''],
    ['', '2', '0.000001000'],
  ]);
});

test('a request without completion is known when all packets have been seen', () => {
  const path = capture([request]);
  expect(bench.experts(path)).toEqual([]);
  expect(bench.experts(path, '-2')).toEqual(['2: Request without a completion']);
});

test('a completion without request', () => {
  expect(bench.experts(capture([answer(1)]))).toEqual(['2: Completion without a request']);
});

test('a second completion of a request that needs no more', () => {
  expect(bench.experts(capture([request, answer(1), answer(1)]))).toEqual([
    '4: Completion of a request that is already completed',
  ]);
});

test('a completion that answers another length', () => {
  const path = capture([request, answer(1, { dataLength: 8, data: bytesOf(1, 8) })]);
  expect(bench.experts(path)).toEqual(['3: Byte count 8 where 4 bytes are still to come']);
});

test('a tag reused while outstanding, but not after losses', () => {
  expect(bench.experts(capture([request, request]))).toEqual(['3: Tag is outstanding since frame 2']);
  expect(bench.experts(capture([request, { ...request, lost: 2 }]))).toEqual(['3: Events were lost here']);
});

test.each([
  [1, 'UR', 'Unsupported request'],
  [2, 'CRS', 'Configuration request retry'],
  [4, 'CA', 'Completer abort'],
])('completion status %i is %s', (status, name, text) => {
  const path = capture([request, answer(1, { status, data: [] })]);
  expect(bench.info(path)[2]).toBe(`Cpl, ${name}`);
  expect(bench.experts(path)).toEqual([`3: ${text}`]);
  expect(bench.experts(path, '-2')).toEqual([`3: ${text}`]);
});

test('a DMA fault', () => {
  const path = capture([{ kind: 'dmaFault', address: 0x1234000, dataLength: 4096, status: 3, vector: 1 }]);
  const text = 'DMA fault: write of 4096 bytes @ 0x1234000: past the end of its mapping';
  expect(bench.info(path)[1]).toBe(text);
  const names = ['pciem.fault.reason', 'pciem.transfer', 'pciem.addr'];
  expect(bench.fields(path, names, '-Y', 'pciem.expert.dma_fault')).toEqual([['3', '4096', '0x0000000001234000']]);
});

test('losses, with the count', () => {
  const path = capture([{ kind: 'plug', lost: 12 }]);
  expect(bench.info(path)[1]).toBe('12 events lost');
  expect(bench.fields(path, ['pciem.lost'], '-Y', 'pciem.expert.lost')).toEqual([['12']]);
});

test('an error in the device', () => {
  const path = capture([{ kind: 'mark', vector: 2, data: Buffer.from('boom') }]);
  expect(bench.info(path)[1]).toBe('Error: boom');
  expect(bench.fields(path, ['pciem.mark.text'], '-Y', 'pciem.expert.device_error')).toEqual([['boom']]);
});

test('an access beyond the BAR, and one that no BAR claims', () => {
  const write = { kind: 'memWrite' as const, space: 0, data: bytesOf(1, 4) };
  const path = capture([
    { ...write, address: 0x3ffc, offset: 0x3ffc },
    { ...write, address: 0x3ffe, offset: 0x3ffe },
    { ...write, address: 0x10_0000_0000n, offset: 0x10_0000_0000n },
    { ...write, space: 255, address: 0x1000, offset: 0, flags: ['unclaimed'] },
  ]);
  expect(bench.experts(path)).toEqual([
    '4: Access beyond the BAR: 2 bytes at 0x4000 of 16384 bytes',
    '5: Access beyond the BAR: 4 bytes at 0x0 of 16384 bytes',
    '6: No BAR claims the address, or the BAR is disabled',
  ]);
});

test('a poisoned TLP', () => {
  const bytes = convert(numbered([{ kind: 'memWrite', address: 0x1000, offset: 0, data: bytesOf(1, 4) }]));
  const at = Buffer.from(bytes).lastIndexOf('PCEM') + 64;
  bytes[at + 2] = (bytes[at + 2] as number) | 0x40;
  expect(bench.experts(bench.file(bytes))).toEqual(['2: Poisoned TLP']);
});

test('preferences: missing completions, kind of memory', () => {
  const path = capture([request, { kind: 'dmaWrite', address: 0x2000, data: new Uint8Array(64) }]);
  expect(bench.experts(path, '-2', '-o', 'pciem.missing:FALSE')).toEqual([]);
  expect(bench.experts(path, '-2', '-o', 'pciem.missing:TRUE')).toEqual(['2: Request without a completion']);
  expect(bench.info(path)[2]).toBe('MWr, 16 dw @ 0x00002000  streaming memory');
  expect(bench.info(path, '-o', 'pciem.memory:FALSE')[2]).toBe('MWr, 16 dw @ 0x00002000');
  expect(bench.fields(path, ['pciem.memory'], '-Y', 'pciem.memory')).toEqual([['streaming']]);
});
