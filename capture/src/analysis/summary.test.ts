import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { convert, exampleMap } from '../testing/capture.ts';
import type { EventInit } from '../testing/events.ts';
import { summarize } from './summary.ts';

const folder = await mkdtemp(join(tmpdir(), 'pciem-summary-'));
afterAll(() => rm(folder, { recursive: true }));

async function summaryOf(events: EventInit[], options?: Parameters<typeof convert>[1], cut?: number) {
  const path = join(folder, 'capture.pcapng');
  await writeFile(path, convert(events, options).subarray(0, cut));
  return summarize(path);
}

const time = 1_700_000_001_000_000_000n;
const access = { address: 0x100c, offset: 0xc, tag: 1 };

test('counts packets by kind, requests and their ends, doorbells and losses', async () => {
  const summary = await summaryOf(
    [
      { kind: 'plug', seq: 1, time },
      { kind: 'configRead', flags: ['completed'], seq: 2, time: time + 1n, space: 7, tag: 0x80, data: [0, 0, 0, 0] },
      { kind: 'memRead', flags: ['forwarded'], seq: 3, time: time + 2n, dataLength: 4, ...access },
      {
        kind: 'memCompletion',
        flags: ['forwarded', 'timedOut'],
        seq: 4,
        requestSeq: 3,
        time: time + 9n,
        dataLength: 4,
        ...access,
      },
      { kind: 'memRead', flags: ['forwarded'], seq: 5, time: time + 10n, dataLength: 4, ...access },
      {
        kind: 'memCompletion',
        flags: ['forwarded'],
        seq: 6,
        requestSeq: 5,
        time: time + 12n,
        dataLength: 4,
        status: 4,
        ...access,
      },
      { kind: 'memWrite', seq: 7, time: time + 13n, address: 0x2008, offset: 0x1008, data: [1, 0, 0, 0], lost: 3 },
      { kind: 'memWrite', seq: 8, time: time + 14n, address: 0x2020, offset: 0x1020, data: [1, 0, 0, 0] },
      { kind: 'dmaRead', seq: 9, time: time + 15n, address: 0x10040, data: new Uint8Array(256) },
      { kind: 'msi', seq: 10, time: time + 1000n, address: 0xfee00000, data: [1, 0, 0, 0] },
      { kind: 'dmaFault', seq: 11, time: time + 20n, status: 2 },
    ],
    { mps: 128 },
  );
  expect(summary).toEqual({
    errors: [
      { kind: 'completion timeout', count: 1, firstFrame: 6, lastFrame: 6 },
      { kind: 'completer abort', count: 1, firstFrame: 8, lastFrame: 8 },
      { kind: 'DMA fault', count: 1, firstFrame: 16, lastFrame: 16 },
      { kind: 'lost events', count: 3, firstFrame: 9, lastFrame: 9 },
    ],
    types: [
      { name: 'Device map', from: '', count: 1, bytes: 227, firstFrame: 1 },
      { name: 'Plug', from: '', count: 1, bytes: 0, firstFrame: 2 },
      { name: 'CfgRd0', from: 'driver', count: 1, bytes: 0, firstFrame: 3 },
      { name: 'CplD', from: 'device', count: 1, bytes: 4, firstFrame: 4 },
      { name: 'MRd', from: 'driver', count: 2, bytes: 0, firstFrame: 5 },
      { name: 'Completion timeout', from: '', count: 1, bytes: 16, firstFrame: 6 },
      { name: 'Cpl', from: 'device', count: 1, bytes: 0, firstFrame: 8 },
      { name: 'Loss', from: '', count: 1, bytes: 8, firstFrame: 9 },
      { name: 'MWr', from: 'driver', count: 2, bytes: 8, firstFrame: 10 },
      { name: 'MRd', from: 'device', count: 1, bytes: 0, firstFrame: 12 },
      { name: 'CplD', from: 'driver', count: 2, bytes: 256, firstFrame: 13 },
      { name: 'MSI', from: 'device', count: 1, bytes: 4, firstFrame: 15 },
      { name: 'DMA fault', from: '', count: 1, bytes: 16, firstFrame: 16 },
    ],
    functions: [{ address: '1f000:00:00.0', name: 'hello', packets: 16, doorbells: 1, firstFrame: 1 }],
    registers: [
      { function: '1f000:00:00.0', name: 'BAR 0 +0xc', reads: 2, writes: 0, firstFrame: 5 },
      { function: '1f000:00:00.0', name: 'Vendor ID', reads: 1, writes: 0, firstFrame: 3 },
      { function: '1f000:00:00.0', name: 'Device ID', reads: 1, writes: 0, firstFrame: 3 },
      { function: '1f000:00:00.0', name: 'SQ1 tail doorbell', reads: 0, writes: 1, firstFrame: 10 },
      { function: '1f000:00:00.0', name: 'BAR 0 +0x1020', reads: 0, writes: 1, firstFrame: 11 },
    ],
    packets: 16,
    foreign: 0,
    lost: 3,
    requests: 4,
    completed: 3,
    timedOut: 1,
    unsuccessful: 1,
    dmaFaults: 1,
    durationNs: 1000,
    skippedBytes: 0,
    truncatedBytes: 0,
  });
});

test('finds doorbells in a map that takes several records', async () => {
  const filler = Array.from({ length: 4000 }, (_, index) => ({
    space: 0,
    offset: index,
    width: 1,
    name: `REGISTER_${index}`,
  }));
  const doorbell = { space: 0, offset: 0x2000, width: 4, name: 'D', role: 'doorbell' as const };
  const summary = await summaryOf(
    [{ kind: 'memWrite', seq: 1, time, address: 0x2000, offset: 0x2000, data: [0, 0, 0, 0] }],
    {
      maps: [exampleMap({ registers: [...filler, doorbell] })],
    },
  );
  expect(summary.functions[0]?.doorbells).toBe(1);
});

test('says how much of a file is cut off', async () => {
  const summary = await summaryOf([{ kind: 'plug', seq: 1, time }], {}, -9);
  expect(summary).toMatchObject({ packets: 2, skippedBytes: 0 });
  expect(summary.truncatedBytes).toBeGreaterThan(0);
});

test('a missing file is the caller’s error', async () => {
  await expect(summarize(join(folder, 'none.pcapng'))).rejects.toThrow('ENOENT');
});
