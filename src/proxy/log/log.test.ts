import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scanner } from '@pciem/capture';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../capture/src/testing/capture.ts';
import type { EventInit } from '../../../capture/src/testing/events.ts';
import { readRecording } from '../../model/recording.ts';
import { AccessLog } from './access-log.ts';
import type { LogEntry } from './entry.ts';
import { LogAnalysis } from './log-analysis.ts';

const start = 1_700_000_000_000_000_000n;

/** A read that is answered at once, `at` nanoseconds after the start. */
const read = (seq: number, at: number, offset: number, data: number[], latency = 500): EventInit => ({
  kind: 'memRead',
  flags: ['completed'],
  seq,
  time: start + BigInt(at),
  address: 0x80_0000_0000n + BigInt(offset),
  offset,
  space: 0,
  tag: seq % 32,
  latency,
  data,
});

const events: EventInit[] = [
  { kind: 'plug', seq: 1, time: start },
  read(2, 1_000_000, 0x1c, [0, 0, 0, 0]),
  {
    kind: 'memWrite',
    seq: 3,
    time: start + 1_500_000n,
    address: 0x80_0000_0014n,
    offset: 0x14,
    space: 0,
    data: [1, 0, 6, 0],
  },
  ...Array.from({ length: 50 }, (_, i) => read(4 + i, 2_000_000 + i * 1000, 0x1c, [0, 0, 0, 0])),
  read(60, 3_000_000, 0x1c, [1, 0, 0, 0], 2_000_000),
  { kind: 'dmaWrite', seq: 61, time: start + 3_100_000n, address: 0x1_0000n, space: 255, data: [0xde, 0xad] },
  { kind: 'msi', seq: 62, time: start + 3_200_000n, address: 0xfee0_0000n, vector: 3, data: [0x21, 0, 0, 0] },
  { kind: 'mark', seq: 63, time: start + 3_300_000n, data: [...Buffer.from('hello')] },
];

function entriesOf(file: Uint8Array): LogEntry[] {
  const entries: LogEntry[] = [];
  const scanner = new Scanner([new LogAnalysis((entry) => entries.push(entry))]);
  scanner.push(file);
  scanner.finish();
  return entries;
}

function linesOf(entries: readonly LogEntry[], json = false): string[] {
  let text = '';
  const log = new AccessLog({ json, color: false }, (part) => {
    text += part;
  });
  for (const entry of entries) log.push(entry);
  log.end();
  return text.trimEnd().split('\n');
}

describe('the log of a capture', () => {
  const entries = entriesOf(convert(events));

  test('has every access with names, values and fields', () => {
    expect(entries).toHaveLength(57);
    expect(entries[1]).toMatchObject({ kind: 'read', space: 'BAR 0', name: 'CSTS', size: 4, value: '0x00000000' });
    expect(entries[2]).toMatchObject({
      kind: 'write',
      name: 'CC',
      fields: [
        { name: 'EN', value: 1 },
        { name: 'IOSQES', value: 6 },
        { name: 'IOCQES', value: 0 },
      ],
    });
  });

  test('as text folds polling, and says when and how long', () => {
    expect(linesOf(entries)).toEqual([
      '   0.000000     +0 ns -- plug',
      '   0.001000  +1.00 ms R32 CSTS = 0x00000000',
      '   0.001500   +500 us W32 CC = 0x00060001 EN=1 IOSQES=6',
      '   0.002000   +500 us R32 CSTS = 0x00000000',
      '                      the line above 49 more times in 49.0 us',
      '   0.003000   +951 us R32 CSTS = 0x00000001 RDY=1 (took 2.00 ms)',
      '   0.003100   +100 us DMA W 2 bytes at 0x10000 dead',
      '   0.003200   +100 us IRQ vector 3',
      '   0.003300   +100 us -- mark: hello',
    ]);
  });

  test('as JSON is not folded', () => {
    const lines = linesOf(entries, true);
    expect(lines.map((line) => JSON.parse(line) as LogEntry)).toEqual(entries);
  });

  test('is the same when the capture comes in pieces', () => {
    const file = convert(events);
    const pieces: LogEntry[] = [];
    const scanner = new Scanner([new LogAnalysis((entry) => pieces.push(entry))]);
    for (let at = 0; at < file.length; at += 7) scanner.push(file.subarray(at, at + 7));
    expect(pieces).toEqual(entries);
  });
});

test('loops of several accesses are folded too, and nothing is left out', () => {
  const entry = (name: string, time: number): LogEntry => ({
    kind: 'read',
    time,
    function: '',
    name,
    size: 4,
    value: '0x0',
  });
  const names = ['A', 'B', 'C', ...Array.from({ length: 10 }, () => ['A', 'B', 'C']).flat(), 'A', 'B', 'D'];
  const lines = linesOf(names.map((name, i) => entry(name, i * 1000)));
  expect(lines.map((line) => line.slice(22))).toEqual([
    'R32 A = 0x0',
    'R32 B = 0x0',
    'R32 C = 0x0',
    'the 3 lines above 10 more times in 30.0 us',
    'R32 A = 0x0',
    'R32 B = 0x0',
    'R32 D = 0x0',
  ]);
});

test('a capture as a recording has the accesses, DMA and interrupts in order', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-recording-'));
  const file = join(directory, 'a.pcapng');
  writeFileSync(file, convert(events));
  const { events: recorded, map } = await readRecording(file);
  expect(map).toMatchObject({ name: 'hello', vendor: 0x1234, bars: [{ size: 16384 }] });
  expect(recorded.map(({ kind }) => kind)).toEqual([
    'read',
    'write',
    ...Array.from({ length: 51 }, () => 'read'),
    'dma write',
    'interrupt',
  ]);
  expect(recorded[1]).toMatchObject({ space: 0, offset: 0x14, size: 4, value: 0x60001n });
  expect(recorded.at(-2)).toMatchObject({ address: 0x10000, data: Uint8Array.of(0xde, 0xad) });
  rmSync(directory, { recursive: true });
});

test('callers are in the log, and tell loops apart', () => {
  const file = convert([
    { kind: 'plug', seq: 1, time: start },
    { kind: 'caller', caller: 7, data: Buffer.from('wait_ready+0x48/0x120 [nvme]') },
    { kind: 'caller', caller: 8, vector: 1, data: Buffer.from('pcimem[12]') },
    { ...read(2, 1000, 0x1c, [0, 0, 0, 0]), caller: 7 },
    { ...read(3, 2000, 0x1c, [0, 0, 0, 0]), caller: 7 },
    { ...read(4, 3000, 0x1c, [0, 0, 0, 0]), caller: 8 },
  ]);
  const entries = entriesOf(file);
  expect(entries.map(({ caller }) => caller)).toEqual([
    undefined,
    'wait_ready+0x48/0x120 [nvme]',
    'wait_ready+0x48/0x120 [nvme]',
    'pcimem[12]',
  ]);
  expect(linesOf(entries).map((line) => line.slice(22))).toEqual([
    '-- plug',
    'R32 CSTS = 0x00000000 in wait_ready+0x48 [nvme]',
    'the line above 1 more time in 1.00 us',
    'R32 CSTS = 0x00000000 in pcimem[12]',
  ]);
});
