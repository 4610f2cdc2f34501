import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { access, analyze, forwardedRead, START } from '../testing/analyze.ts';
import { convert, exampleMap } from '../testing/capture.ts';
import type { EventInit } from '../testing/events.ts';
import { capabilityRegisters } from './config-names.ts';
import { analyzeRegisters, type RegisterAccess, RegisterAccesses } from './registers.ts';

const folder = await mkdtemp(join(tmpdir(), 'pciem-registers-'));
afterAll(() => rm(folder, { recursive: true }));

const session = [
  access('memWrite', 0x14, 0x0046_0000, 100),
  access('memWrite', 0x14, 0x0046_0001, 200),
  ...forwardedRead(0x1c, 0, 300, 10),
  ...forwardedRead(0x1c, 1, 400, 10),
];

test('values, fields and changes by register', () => {
  const registers = new RegisterAccesses();
  analyze(registers, session);
  expect(registers.report()).toMatchObject([
    {
      space: 'BAR 0',
      offset: 0x14,
      name: 'CC',
      reads: 0,
      writes: 2,
      changes: 1,
      value: '0x00460001',
      fields: [
        { name: 'EN', value: 1 },
        { name: 'IOSQES', value: 6 },
        { name: 'IOCQES', value: 4 },
      ],
      source: 'write',
      frame: 3,
      firstFrame: 2,
    },
    { name: 'CSTS', reads: 2, changes: 1, value: '0x00000001', source: 'read', frame: 7, firstFrame: 4 },
  ]);
});

test('registers of a BAR in I/O space', () => {
  const registers = new RegisterAccesses();
  const place = (offset: number) => ({ space: 1, offset, address: 0xc000 + offset, tag: 0xc0, time: START });
  const map = exampleMap({
    bars: [{ index: 1, size: 8, kind: 'io', bits: 32, prefetchable: false }],
    registers: [
      { space: 1, offset: 3, width: 1, name: 'LCR' },
      { space: 1, offset: 5, width: 1, name: 'LSR' },
    ],
  });
  const scan = analyze(
    registers,
    [
      { kind: 'memWrite', flags: ['io'], seq: 1, ...place(3), data: [0x83] },
      { kind: 'memRead', flags: ['io', 'completed'], seq: 2, ...place(5), data: [0x60] },
      { kind: 'memRead', flags: ['io', 'forwarded'], seq: 3, ...place(5), dataLength: 1 },
      { kind: 'memCompletion', flags: ['io', 'forwarded'], seq: 4, requestSeq: 3, ...place(5), data: [0x61] },
    ],
    { maps: [map] },
  );
  expect(scan.packets).toBe(7);
  expect(registers.report()).toMatchObject([
    { name: 'LCR', writes: 1, value: '0x83' },
    { name: 'LSR', reads: 2, changes: 1, value: '0x61' },
  ]);
});

test('as they were at a packet: a read counts from its completion on', async () => {
  const path = join(folder, 'at.pcapng');
  await writeFile(path, convert(session));
  const at = async (frame: number) =>
    (await analyzeRegisters(path, { at: frame })).map(({ name, value }) => [name, value]);
  expect(await at(2)).toEqual([['CC', '0x00460000']]);
  expect(await at(6)).toEqual([
    ['CC', '0x00460001'],
    ['CSTS', '0x00000000'],
  ]);
  expect(await at(7)).toEqual([
    ['CC', '0x00460001'],
    ['CSTS', '0x00000001'],
  ]);
});

test('follows the accesses to one register', () => {
  const seen: RegisterAccess[] = [];
  analyze(new RegisterAccesses({ follow: (name) => name === 'CSTS', onAccess: (each) => seen.push(each) }), session);
  expect(seen).toMatchObject([
    { frame: 4, time: 300, access: 'read', value: '0x00000000', changed: false, latency: 10, result: 'ok' },
    { frame: 6, time: 400, access: 'read', value: '0x00000001', changed: true, latency: 10, result: 'ok' },
  ]);
});

test('a register of 8 bytes that is read by halves is known by halves', () => {
  const values: string[] = [];
  const registers = new RegisterAccesses({ onAccess: ({ value }) => values.push(value) });
  analyze(registers, [...forwardedRead(0, 0x1234, 0, 5), ...forwardedRead(4, 0x20, 50, 5)]);
  expect(values).toEqual(['0x????????00001234', '0x0000002000001234']);
  expect(registers.report()).toMatchObject([{ name: 'CAP', reads: 2, changes: 0 }]);
});

/** A configuration access as the kernel module reports it. */
function config(offset: number, data: number[], at: number, kind: EventInit['kind'] = 'configRead'): EventInit {
  return { kind, flags: ['completed'], seq: 1000 + at, time: START + BigInt(at), space: 7, tag: 0x80, offset, data };
}

test('names configuration space by its capabilities, as the driver finds them', () => {
  const registers = new RegisterAccesses();
  analyze(registers, [
    config(0, [0x34, 0x12, 0x01, 0x00], 1),
    config(0x34, [0x40], 2),
    config(0x40, [0x01, 0x50], 3),
    config(0x50, [0x11, 0x00], 4),
    config(0x52, [0x03, 0x80], 5),
    config(0x44, [0x03, 0x00], 6, 'configWrite'),
    config(0x60, [0x00, 0x00], 7),
  ]);
  expect(registers.report().map(({ name, value }) => [name, value])).toEqual([
    ['Vendor ID', '0x1234'],
    ['Device ID', '0x0001'],
    ['Capabilities Pointer', '0x40'],
    ['PM Capability ID', '0x01'],
    ['PM Next Capability Pointer', '0x50'],
    ['PM Control/Status', '0x0003'],
    ['MSI-X Capability ID', '0x11'],
    ['MSI-X Next Capability Pointer', '0x00'],
    ['MSI-X Message Control', '0x8003'],
    ['config +0x60', '0x????0000'],
  ]);
  const control = registers.report().find(({ name }) => name === 'MSI-X Message Control');
  expect(control?.fields).toEqual([
    { name: 'Table Size', value: 3 },
    { name: 'Function Mask', value: 0 },
    { name: 'MSI-X Enable', value: 1 },
  ]);
});

test('names capabilities by the device map when their reads are not in the capture', () => {
  const registers = new RegisterAccesses();
  const image = new DataView(new ArrayBuffer(4096));
  image.setUint8(0x34, 0x40);
  image.setUint8(0x40, 0x01);
  const map = exampleMap({ registers: capabilityRegisters(image) });
  analyze(registers, [config(0x44, [0x03, 0x00], 6, 'configWrite')], { maps: [map] });
  expect(registers.report()).toMatchObject([{ name: 'PM Control/Status', value: '0x0003' }]);
  expect(registers.report()[0]?.fields[0]).toEqual({ name: 'Power State', value: 3 });
});
