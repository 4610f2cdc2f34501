import { expect, test } from 'vitest';
import { access, analyze, dma, forwardedRead, START } from '../testing/analyze.ts';
import { convert } from '../testing/capture.ts';
import { Errors } from './errors.ts';
import { Scanner } from './scan.ts';

const [request, completion] = forwardedRead(0x1c, 7, 1000, 500);
if (!request || !completion) throw new Error('a read is two events');

test('a healthy capture has none', () => {
  const errors = new Errors();
  analyze(errors, [
    request,
    completion,
    access('memWrite', 0x14, 1, 2000),
    dma('dmaRead', 0, new Uint8Array(64), 3000),
  ]);
  expect(errors.report()).toEqual({ groups: [], problems: [] });
});

test('each problem has its packet and its words, the most serious kind first', () => {
  const errors = new Errors();
  analyze(errors, [
    { kind: 'plug', seq: 900, time: START + 1n, lost: 5 },
    request,
    { ...completion, status: 1, dataLength: 4, data: [] },
    { kind: 'mark', seq: 901, time: START + 2000n, vector: 2, data: Buffer.from('read handler of CSTS threw') },
    { kind: 'dmaFault', seq: 902, time: START + 3000n, address: 0x5000, dataLength: 64, status: 2, vector: 1 },
    { ...access('memWrite', 0x9000, 1, 4000), flags: ['unclaimed'] },
    { kind: 'unplug', seq: 903, time: START + 5000n, vector: 1 },
  ]);
  const { groups, problems } = errors.report();
  expect(groups.map(({ kind, count }) => [kind, count])).toEqual([
    ['device error', 1],
    ['unsupported request', 1],
    ['DMA fault', 1],
    ['access to no BAR', 1],
    ['surprise removal', 1],
    ['lost events', 5],
  ]);
  expect(problems.map(({ frame, kind, text }) => [frame, kind, text])).toEqual([
    [2, 'lost events', '5 events before the next packet'],
    [5, 'unsupported request', 'MRd of CSTS, request in packet 4'],
    [6, 'device error', 'read handler of CSTS threw'],
    [7, 'DMA fault', 'write of 64 bytes at 0x5000: not mapped'],
    [8, 'access to no BAR', 'MWr of BAR 0 +0x9000, request in packet 8'],
    [9, 'surprise removal', 'the function was gone without warning'],
  ]);
});

test('requests and completions that miss each other', () => {
  const errors = new Errors();
  analyze(errors, [completion, request, { ...request, seq: 5000, time: START + 9000n }]);
  expect(errors.report().problems.map(({ frame, kind }) => [frame, kind])).toEqual([
    [2, 'completion without request'],
    [4, 'tag reuse'],
    [4, 'request without completion'],
  ]);
});

test('a completion whose request was lost is not taken for the answer to a later one with its tag', () => {
  const errors = new Errors();
  analyze(errors, [{ ...request, seq: 7000 }, completion]);
  expect(errors.report().problems.map(({ kind }) => kind)).toEqual([
    'completion without request',
    'request without completion',
  ]);
});

test('damage and a cut file are problems of the file', () => {
  const bytes = convert([request, completion, access('memWrite', 0x14, 1, 2000)]);
  const errors = new Errors();
  const scanner = new Scanner([errors]);
  const damaged = bytes.slice(0, -5);
  // Length of the second block, the interface description, stays; some byte in the device map's block type goes.
  damaged[new DataView(bytes.buffer).getUint32(4, true) + 4] = 0xff;
  scanner.push(damaged);
  scanner.finish();
  expect(errors.report().groups.map(({ kind }) => kind)).toEqual(['damaged file', 'file cut off']);
});

test('keeps 1000 problems of a kind and counts the rest', () => {
  const errors = new Errors();
  analyze(
    errors,
    Array.from({ length: 1200 }, (_, i) => ({ ...access('memWrite', 0x9000, 1, i), flags: ['unclaimed'] })),
  );
  expect(errors.report().groups).toMatchObject([{ count: 1200, firstFrame: 2, lastFrame: 1201 }]);
  expect(errors.report().problems).toHaveLength(1000);
});
