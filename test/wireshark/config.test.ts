import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CAPABILITIES,
  CONFIG_HEADER,
  type ConfigRow,
  EXTENDED_CAPABILITIES,
} from '../../capture/src/analysis/config-tables.ts';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

const access = (kind: 'configRead' | 'configWrite', offset: number, value: number, length: number): EventInit => ({
  kind,
  flags: ['completed'],
  tag: 0x80,
  latency: 200,
  space: 7,
  offset,
  address: offset,
  data: bytesOf(value, length),
});
const read = (offset: number, value: number, length: number) => access('configRead', offset, value, length);
const write = (offset: number, value: number, length: number) => access('configWrite', offset, value, length);

function capture(events: EventInit[]): string {
  return bench.file(convert(numbered(events), { maps: [exampleMap()] }));
}

/** Info of the completions of reads. */
function answers(events: EventInit[], ...args: string[]): string[] {
  return bench
    .info(capture(events), '-Y', 'pciem.fmt_type == 0x4a', ...args)
    .map((line) => line.replace('CplD, SC, 1 dw', '').trim());
}

test('fields of the standard header', () => {
  const path = capture([write(0x04, 0x0406, 2), read(0x06, 0x0010, 2), read(0x08, 0x01080201, 4)]);
  expect(
    bench.fields(path, ['pciem.register', 'pciem.value', 'pciem.field'], '-Y', 'pciem.payload', '-E', 'aggregator=;'),
  ).toEqual([
    [
      'Command',
      '0x0000000000000406',
      'I/O Space Enable = 0;Memory Space Enable = 1;Bus Master Enable = 1;Special Cycle Enable = 0;' +
        'Memory Write and Invalidate = 0;VGA Palette Snoop = 0;Parity Error Response = 0;SERR# Enable = 0;' +
        'Fast Back-to-Back Enable = 0;Interrupt Disable = 1',
    ],
    [
      'Status',
      '0x0000000000000010',
      'Immediate Readiness = 0;Interrupt Status = 0;Capabilities List = 1;66 MHz Capable = 0;' +
        'Fast Back-to-Back Capable = 0;Master Data Parity Error = 0;DEVSEL Timing = 0;Signaled Target Abort = 0;' +
        'Received Target Abort = 0;Received Master Abort = 0;Signaled System Error = 0;Detected Parity Error = 0',
    ],
    [
      'Revision ID;Class Code',
      '0x0000000000000001;0x0000000000010802',
      'Programming Interface = 2;Sub-Class = 8;Base Class = 1',
    ],
  ]);
});

test('capabilities are named along their chain, wherever they are', () => {
  expect(
    answers([
      read(0x34, 0x50, 1),
      read(0x50, 0x6001, 2),
      read(0x54, 0x0008, 4),
      read(0x60, 0xa011, 2),
      read(0x62, 0x8003, 2),
      read(0xa0, 0x0010, 2),
      read(0xa8, 0x2810, 2),
      read(0x6c, 0, 4),
    ]),
  ).toEqual([
    'Capabilities Pointer = 0x50',
    'PM Capability ID = 0x01, PM Next Capability Pointer = 0x60',
    'PM Control/Status = 0x0008, PM Data = 0x00',
    'MSI-X Capability ID = 0x11, MSI-X Next Capability Pointer = 0xa0',
    'MSI-X Message Control = 0x8003',
    'PCIe Capability ID = 0x10, PCIe Next Capability Pointer = 0x00',
    'PCIe Device Control = 0x2810',
    ': 0x00000000',
  ]);
});

test('a chain that is read as whole dwords, its fields', () => {
  const path = capture([read(0x34, 0x40, 4), read(0x40, 0x00034801, 4), write(0x44, 0x8103, 2)]);
  expect(bench.fields(path, ['pciem.field'], '-Y', 'pciem.cfg.register == 0x44', '-E', 'aggregator=;')).toEqual([
    ['Power State = 3;No Soft Reset = 0;PME Enable = 1;Data Select = 0;Data Scale = 0;PME Status = 1'],
  ]);
  expect(bench.fields(path, ['pciem.register'], '-Y', 'frame.number == 5')).toEqual([
    ['PM Capability ID,PM Next Capability Pointer,PM Capabilities'],
  ]);
});

test.each([
  ['32-bit', 0x0000, { 68: 'Message Address', 72: 'Message Data', 76: '' }],
  ['64-bit', 0x0080, { 68: 'Message Address', 72: 'Message Upper Address', 76: 'Message Data', 80: '' }],
  [
    '64-bit with masks',
    0x0180,
    { 72: 'Message Upper Address', 76: 'Message Data', 80: 'Mask Bits', 84: 'Pending Bits' },
  ],
  ['32-bit with masks', 0x0100, { 72: 'Message Data', 76: 'Mask Bits', 80: 'Pending Bits' }],
])('the layout of %s MSI', (_, control, names) => {
  const offsets = Object.keys(names).map(Number);
  const rows = answers([
    read(0x34, 0x40, 1),
    read(0x40, 0x0005, 2),
    read(0x42, control, 2),
    ...offsets.map((at) => read(at, 1, 2)),
  ]).slice(3);
  expect(rows.map((row) => row.replace(/(\[15:0\])? = .*|^:.*/, ''))).toEqual(
    Object.values(names).map((name) => (name === '' ? '' : `MSI ${name}`)),
  );
});

test('extended capabilities along their chain', () => {
  expect(
    answers([
      read(0x100, 0x14810001, 4),
      read(0x104, 0x00100000, 4),
      read(0x148, 0x15010003, 4),
      read(0x14c, 0x12345678, 4),
      read(0x150, 0x2001001b, 4),
      read(0x154, 0x1000, 2),
      read(0x200, 0x2400000f | 0x10000, 4),
      read(0x206, 0x8000, 2),
      read(0x240, 0x2500002e | 0x10000, 4),
      read(0x24c, 0x80000000, 4),
      read(0x250, 0x00010018, 4),
      read(0x254, 0x1003, 2),
    ]),
  ).toEqual([
    'AER Extended Capability Header = 0x14810001',
    'AER Uncorrectable Error Status = 0x00100000',
    'Serial Number Extended Capability Header = 0x15010003',
    'Serial Number Lower DW = 0x12345678',
    'PASID Extended Capability Header = 0x2001001b',
    'PASID Capability = 0x1000',
    'ATS Extended Capability Header = 0x2401000f',
    'ATS Control = 0x8000',
    'DOE Extended Capability Header = 0x2501002e',
    'DOE Status = 0x80000000',
    'LTR Extended Capability Header = 0x00010018',
    'LTR Max Snoop Latency = 0x1003',
  ]);
});

test('a vendor-specific capability is as long as it says, and unknown ones have their number', () => {
  expect(
    answers([read(0x34, 0x40, 1), read(0x40, 0xaa055009, 4), read(0x44, 0x11223344, 4), read(0x50, 0x00fe, 2)]),
  ).toEqual([
    'Capabilities Pointer = 0x40',
    'Vendor Capability ID = 0x09, Vendor Next Capability Pointer = 0x50, Vendor Length = 0x05, Vendor Data [3] = 0xaa',
    'Vendor Data [4] = 0x44',
    'Capability 0xfe Capability ID = 0xfe, Capability 0xfe Next Capability Pointer = 0x00',
  ]);
});

test('chains in a circle, without an end and of a device that is gone end anyway', () => {
  const path = capture([
    read(0x34, 0x40, 1),
    read(0x40, 0x4001, 2),
    read(0x100, 0x10010001, 4),
    read(0x34, 0xff, 1),
    read(0xfc, 0xffff, 2),
    read(0x100, 0xffffffff, 4),
  ]);
  expect(bench.breakage(path, '-2')).toEqual([]);
  expect(bench.experts(path, '-2')).toEqual([]);
});

test('requests are named once the chain is known: from the start in a second look', () => {
  const events = [read(0x34, 0x40, 1), read(0x40, 0x0001, 2), read(0x44, 0, 2)];
  const requests = (...args: string[]) => bench.info(capture(events), '-Y', 'pciem.fmt_type == 4', ...args);
  expect(requests()).toEqual([
    'CfgRd0, 00:00.0 @ 0x034  Capabilities Pointer',
    'CfgRd0, 00:00.0 @ 0x040',
    'CfgRd0, 00:00.0 @ 0x044  PM Control/Status',
  ]);
  expect(requests('-2')[1]).toBe('CfgRd0, 00:00.0 @ 0x040  PM Capability ID, PM Next Capability Pointer');
});

test('a new device map forgets the chain of the device before', () => {
  const first = convert(numbered([read(0x34, 0x40, 1), read(0x40, 0x0001, 2), read(0x44, 0, 2)]));
  const path = bench.file(new Uint8Array(Buffer.concat([first, convert(numbered([read(0x44, 0, 2)]))])));
  expect(bench.info(path, '-Y', 'pciem.fmt_type == 4').at(-1)).toBe('CfgRd0, 00:00.0 @ 0x044');
});

test('the dissector and the analyses have the same names', () => {
  const script = bench.outside(`${bench.folder}/names.lua`);
  writeFileSync(
    script,
    `package.path = "${bench.folder}/dissector/?.lua;" .. package.path
    local names = require("pciem.config_names")
    local function list(kind, id, rows, first)
      for i = first, #rows do
        local row = rows[i]
        print(table.concat({"row", kind, id, row[1], row[2], row[3], row[4] or ""}, "\\t"))
      end
    end
    list("header", 0, names.header, 1)
    for _, kind in ipairs({"capabilities", "extended"}) do
      for id, capability in pairs(names[kind]) do
        list(kind, id .. " " .. capability[1], capability, 2)
      end
    end`,
  );
  chmodSync(script, 0o644);
  const file = bench.file(convert([]));
  const { lines } = bench.run('tshark', ['-X', `lua_script:${bench.folder}/names.lua`, '-r', file]);
  const tables = { capabilities: CAPABILITIES, extended: EXTENDED_CAPABILITIES };
  const ours = Object.entries(tables).flatMap(([kind, table]) =>
    Object.entries(table).flatMap(([id, [name, ...rows]]) => rows.map((row) => rowText(kind, `${id} ${name}`, row))),
  );
  // Where extended capabilities start, if there are any.
  const theirs = lines.filter((line) => line.startsWith('row\t') && !line.startsWith('row\theader\t0\t256\t'));
  expect(theirs.sort()).toEqual([...ours, ...CONFIG_HEADER.map((row) => rowText('header', '0', row))].sort());
});

function rowText(kind: string, id: string, [offset, width, name, fields = '']: ConfigRow): string {
  return ['row', kind, id, offset, width, name, fields].join('\t');
}
