import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered, session, sessionInfo, sessionMap } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
let file: string;

beforeAll(() => {
  bench = new Workbench();
  file = bench.file(convert(session, { maps: [sessionMap] }), 'session.pcapng');
});
afterAll(() => bench.remove());

function capture(events: EventInit[], options?: Parameters<typeof convert>[1]): string {
  return bench.file(convert(numbered(events), options), 'other.pcapng');
}

test('the Info column names registers, doorbells and interrupts', () => {
  expect(bench.info(file)).toEqual(sessionInfo);
});

test('a session in which nothing is wrong has no expert infos, and Lua runs through', () => {
  expect(bench.experts(file)).toEqual([]);
  expect(bench.experts(file, '-2')).toEqual([]);
  expect(bench.breakage(file)).toEqual([]);
  expect(bench.breakage(file, '-2')).toEqual([]);
});

test('a Lua error in the dissector would be noticed', () => {
  const broken = new Workbench();
  try {
    const path = broken.file(convert(session));
    broken.breakDissector();
    expect(broken.breakage(path).length).toBeGreaterThan(10);
    expect(broken.overview(path).flaws.join('\n')).toContain('Lua Error');
  } finally {
    broken.remove();
  }
});

test('the fields are registered', () => {
  const { lines } = bench.run('tshark', ['-G', 'fields', '-X', `lua_script:${bench.script}`]);
  const names = lines.map((line) => line.split('\t')[2]);
  expect(names).toEqual(
    expect.arrayContaining(['pciem.fmt_type', 'pciem.cpl.status', 'pciem.completion_in', 'pciem.register']),
  );
});

test('TLP fields of requests', () => {
  const names = ['fmt_type', 'len', 'req', 'tag', 'first_dw_be', 'last_dw_be', 'addr', 'cfg.target', 'cfg.register'];
  const rows = bench.fields(
    file,
    names.map((name) => `pciem.${name}`),
    '-Y',
    'pciem.first_dw_be',
  );
  expect(rows).toEqual([
    ['0x04', '1', '0x00ff', '0x0080', '0x0f', '0x00', '', '0x0000', '0x0000'],
    ['0x04', '1', '0x00ff', '0x0080', '0x04', '0x00', '', '0x0000', '0x000c'],
    ['0x44', '1', '0x00ff', '0x0080', '0x03', '0x00', '', '0x0000', '0x0004'],
    ['0x04', '1', '0x00ff', '0x0080', '0x0f', '0x00', '', '0x0000', '0x0040'],
    ['0x20', '2', '0x00ff', '0x00c1', '0x0f', '0x0f', '0x00005a0000000000', '', ''],
    ['0x20', '1', '0x00ff', '0x00c1', '0x0f', '0x00', '0x00005a0000000004', '', ''],
    ['0x60', '1', '0x00ff', '0x00c0', '0x0f', '0x00', '0x00005a0000000014', '', ''],
    ['0x20', '1', '0x00ff', '0x0002', '0x0f', '0x00', '0x00005a000000001c', '', ''],
    ['0x60', '1', '0x00ff', '0x00c0', '0x0f', '0x00', '0x00005a0000001008', '', ''],
    ['0x00', '50', '0x0000', '0x0000', '0x0f', '0x0f', '0x0000000000123440', '', ''],
    ['0x60', '2', '0x0000', '0x0000', '0x0f', '0x0f', '0x0000000100000ff8', '', ''],
    ['0x60', '2', '0x0000', '0x0000', '0x0f', '0x0f', '0x0000000100001000', '', ''],
    ['0x40', '1', '0x0000', '0x0000', '0x0f', '0x00', '0x00000000fee01000', '', ''],
    ['0x60', '1', '0x00ff', '0x00c0', '0x0f', '0x00', '0x00005a000000100c', '', ''],
    ['0x60', '1', '0x00ff', '0x00c0', '0x0f', '0x00', '0x00005a0000000030', '', ''],
    ['0x60', '1', '0x00ff', '0x00c0', '0x02', '0x00', '0x00005a0000000014', '', ''],
  ]);
});

test('TLP fields of completions', () => {
  const names = [
    'fmt_type',
    'len',
    'cpl.id',
    'cpl.status',
    'cpl.bcm',
    'cpl.byte_count',
    'req',
    'tag',
    'cpl.lower_addr',
    'payload',
  ];
  const rows = bench.fields(
    file,
    names.map((name) => `pciem.${name}`),
    '-Y',
    'pciem.cpl.status',
  );
  expect(rows).toEqual([
    ['0x4a', '1', '0x0000', '0', '0', '4', '0x00ff', '0x0080', '0x00', '34120100'],
    ['0x4a', '1', '0x0000', '0', '0', '4', '0x00ff', '0x0080', '0x00', '00000000'],
    ['0x0a', '0', '0x0000', '0', '0', '4', '0x00ff', '0x0080', '0x00', ''],
    ['0x4a', '1', '0x0000', '0', '0', '4', '0x00ff', '0x0080', '0x00', '00000000'],
    ['0x4a', '2', '0x0000', '0', '0', '8', '0x00ff', '0x00c1', '0x00', 'efcdab8967452301'],
    ['0x4a', '1', '0x0000', '0', '0', '4', '0x00ff', '0x00c1', '0x04', '67452301'],
    ['0x4a', '1', '0x0000', '0', '0', '4', '0x00ff', '0x0002', '0x1c', '01000000'],
    ['0x4a', '50', '0x00ff', '0', '0', '200', '0x0000', '0x0000', '0x40', 'ab'.repeat(200)],
  ]);
});

test('the pseudo-header', () => {
  const names = ['device', 'kind', 'direction', 'space', 'offset', 'access', 'part', 'seq', 'request_seq', 'flags'];
  const rows = bench.fields(
    file,
    names.map((name) => `pciem.${name}`),
    '-Y',
    'frame.number in {16..20,24}',
  );
  const device = '1f000:00:00.0';
  expect(rows).toEqual([
    [device, '1', '1', '0', '0x0000000000000014', '4', '0', '9', '0', '0x0000'],
    [device, '1', '1', '0', '0x000000000000001c', '4', '0', '10', '0', '0x0001'],
    [device, '1', '2', '0', '0x000000000000001c', '4', '0', '11', '10', '0x0001'],
    [device, '1', '1', '0', '0x0000000000001008', '4', '0', '12', '0', '0x0000'],
    [device, '1', '2', '255', '0x0000000000000000', '200', '0', '13', '0', '0x0010'],
    [device, '1', '2', '255', '0x0000000000000000', '4', '0', '15', '0', '0x0080'],
  ]);
});

test('registers with values and fields, doorbells, vectors', () => {
  const names = ['register', 'value', 'field', 'doorbell', 'vector'].map((name) => `pciem.${name}`);
  expect(bench.fields(file, names, '-Y', 'frame.number in {16,18,19,24,25,27}')).toEqual([
    ['CC', '0x0000000000460001', 'EN = 1,IOSQES = 6,IOCQES = 4', '', ''],
    ['CSTS', '0x0000000000000001', 'RDY = 1', '', ''],
    ['SQ1 tail doorbell', '0x0000000000000005', '', '5', ''],
    ['', '', '', '', '3'],
    ['CQ1 head doorbell', '0x0000000000000006', '', '6', ''],
    ['CC[15:8]', '0x0000000000000046', '', '', ''],
  ]);
});

test('fields of a 64-bit register, also across its middle', () => {
  const register = {
    space: 0,
    offset: 0,
    width: 8,
    name: 'CAP',
    fields: [
      { name: 'MQES', lsb: 0, msb: 15 },
      { name: 'MIDDLE', lsb: 28, msb: 35 },
      { name: 'TOP', lsb: 63, msb: 63 },
      { name: 'ALL', lsb: 0, msb: 63 },
    ],
  };
  const path = capture([{ kind: 'memWrite', address: 0x1000, data: bytesOf(0x8000_000a_b000_1234n, 8) }], {
    maps: [exampleMap({ registers: [register] })],
  });
  expect(bench.fields(path, ['pciem.field'], '-Y', 'pciem.kind == 1')).toEqual([
    ['MQES = 4660,MIDDLE = 171,TOP = 1,ALL = 0x8000000ab0001234'],
  ]);
});

test('an access over several registers names each', () => {
  const registers = [
    { space: 0, offset: 0xc, width: 4, name: 'INTMS' },
    { space: 0, offset: 0x10, width: 2, name: 'SMALL' },
  ];
  const path = capture([{ kind: 'memWrite', address: 0x100c, offset: 0xc, data: bytesOf(0x11112222_33334444n, 8) }], {
    maps: [exampleMap({ registers })],
  });
  expect(bench.info(path)[1]).toBe('MWr, 2 dw @ 0x0000100c  INTMS = 0x33334444, SMALL = 0x2222');
});

test('the names that NVMe gives its doorbells are put into words', () => {
  const doorbell = { space: 0, width: 4, count: 8, stride: 8, role: 'doorbell' as const };
  const registers = [
    { ...doorbell, offset: 0x1000, name: 'SQ{n}TDBL' },
    { ...doorbell, offset: 0x1004, name: 'CQ{n}HDBL' },
  ];
  const events = [0x1008, 0x1004].map((offset) => ({
    kind: 'memWrite' as const,
    address: offset,
    offset,
    data: bytesOf(7, 4),
  }));
  const path = capture(events, { maps: [exampleMap({ registers })] });
  expect(bench.fields(path, ['_ws.col.Info', 'pciem.register'], '-Y', 'pciem.doorbell == 7')).toEqual([
    ['MWr, 1 dw @ 0x00001008  SQ1 tail doorbell = 7', 'SQ1TDBL'],
    ['MWr, 1 dw @ 0x00001004  CQ0 head doorbell = 7', 'CQ0HDBL'],
  ]);
});

test('the MSI-X table and pending bits are registers', () => {
  const events = [0x2000, 0x2018, 0x3000].map((offset) => ({
    kind: 'memWrite' as const,
    address: offset,
    offset,
    data: bytesOf(1, 4),
  }));
  expect(bench.info(capture(events, { maps: [sessionMap] }), '-Y', 'pciem.kind == 1')).toEqual([
    'MWr, 1 dw @ 0x00002000  MSI-X 0 Message Address = 0x00000001',
    'MWr, 1 dw @ 0x00002018  MSI-X 1 Message Data = 0x00000001',
    'MWr, 1 dw @ 0x00003000  MSI-X Pending Bits 0[31:0] = 0x00000001',
  ]);
});

test('maps of several functions and records do not mix', () => {
  const many = Array.from({ length: 4000 }, (_, index) => ({
    space: 0,
    offset: index * 4,
    width: 4,
    name: `A${index}`,
  }));
  const path = capture(
    [
      { kind: 'memWrite', address: 0x1000, offset: 0x3e7c, data: [1, 0, 0, 0] },
      { kind: 'memWrite', function: 1, address: 0x1000, offset: 0, data: [1, 0, 0, 0] },
    ],
    {
      maps: [
        exampleMap({ registers: many }),
        exampleMap({ function: 1, registers: [{ space: 0, offset: 0, width: 4, name: 'B' }] }),
      ],
    },
  );
  expect(bench.info(path, '-Y', 'pciem.kind == 1')).toEqual([
    'MWr, 1 dw @ 0x00001000  A3999 = 0x00000001',
    'MWr, 1 dw @ 0x00001000  B = 0x00000001',
  ]);
});

test('the device map is shown', () => {
  const names = ['name', 'ids', 'bar', 'msix', 'register'].map((name) => `pciem.map.${name}`);
  expect(bench.fields(file, names, '-Y', 'pciem.kind == 2', '-E', 'aggregator=;')).toEqual([
    [
      'hello',
      '1234:0001, subsystem 1234:0002, class ff0000, revision 01',
      '0: 16384 bytes, trapped, 64-bit',
      '8 vectors, table at 0x2000 and pending bits at 0x3000 of BAR 0',
      'CAP: BAR 0 0x0, 8 bytes;CC: BAR 0 0x14, 4 bytes;CSTS: BAR 0 0x1c, 4 bytes;' +
        'SQ{n} tail doorbell: BAR 0 0x1000, 4 bytes, 4 of them every 8 bytes;CQ{n} head doorbell: BAR 0 0x1004, 4 bytes, 4 of them every 8 bytes',
    ],
  ]);
});

test('the bus address of a BAR, if it is known', () => {
  const bar = {
    index: 0,
    size: 4096,
    kind: 'trapped',
    bits: 64,
    prefetchable: false,
    address: 0x80_0010_0000n,
  } as const;
  const path = bench.file(convert([], { maps: [exampleMap({ bars: [bar] })] }), 'address.pcapng');
  expect(bench.fields(path, ['pciem.map.bar'], '-c', '1')).toEqual([
    ['0: 4096 bytes, trapped, 64-bit, at 0x0000008000100000'],
  ]);
});

test('packets that are not ours are left to others', () => {
  const bytes = convert(session);
  const magic = Buffer.from(bytes).indexOf('PCEM', 400);
  bytes[magic] = 0;
  const protocols = bench.fields(bench.file(bytes, 'other.pcapng'), ['frame.protocols'], '-c', '3').flat();
  expect(protocols).toContain('pciem:data');
  expect(protocols).toContain('pciem');
});

test('another link type by preference', () => {
  const bytes = convert(session);
  const view = new DataView(bytes.buffer);
  const at = view.getUint32(4, true);
  expect(view.getUint16(at + 8, true)).toBe(147);
  view.setUint16(at + 8, 150, true);
  const path = bench.file(bytes, 'other.pcapng');
  expect(bench.fields(path, ['frame.protocols'], '-c', '1').flat()).toEqual(['user_dlt:data']);
  expect(bench.fields(path, ['frame.protocols'], '-c', '1', '-o', 'pciem.dlt:150').flat()).toEqual(['pciem']);
});

test('AtomicOps show what they work with, and what was there', () => {
  const atomic = (vector: number, values: readonly (readonly [number | bigint, number])[]): EventInit => {
    const [first] = values as [readonly [number, number]];
    const place = { space: 255, address: 0x1_0000_0010n, dataLength: first[1], latency: 90 };
    const data = values.flatMap(([value, length]) => bytesOf(value, length));
    return { kind: 'dmaAtomic', flags: ['completed', 'coherent'], vector, ...place, data };
  };
  const path = capture([
    atomic(0, [
      [41, 4],
      [1, 4],
    ]),
    atomic(1, [
      [7n, 8],
      [0x1122334455667788n, 8],
    ]),
    atomic(2, [
      [5n, 16],
      [6n, 16],
      [5n, 16],
    ]),
  ]);
  expect(bench.info(path, '-Y', 'pciem.kind == 1')).toEqual([
    'FetchAdd, 1 dw @ 0x0000000100000010  add 0x00000001  coherent memory',
    'CplD, SC, 1 dw: 0x00000029',
    'Swap, 2 dw @ 0x0000000100000010  swap 0x1122334455667788  coherent memory',
    'CplD, SC, 2 dw: 0x0000000000000007',
    `CAS, 8 dw @ 0x0000000100000010  compare 0x${'0'.repeat(31)}5 swap 0x${'0'.repeat(31)}6  coherent memory`,
    'CplD, SC, 4 dw',
  ]);
  const names = ['atomic.operand', 'atomic.compare', 'atomic.original', 'completion_in', 'completion_to'];
  const fields = names.map((name) => `pciem.${name}`);
  expect(bench.fields(path, fields, '-Y', 'pciem.kind == 1', '-2')).toEqual([
    ['0x00000001', '', '', '3', ''],
    ['', '', '0x00000029', '', '2'],
    ['0x1122334455667788', '', '', '5', ''],
    ['', '', '0x0000000000000007', '', '4'],
    [`0x${'0'.repeat(31)}6`, `0x${'0'.repeat(31)}5`, '', '7', ''],
    ['', '', `0x${'0'.repeat(31)}5`, '', '6'],
  ]);
  expect(bench.experts(path, '-2')).toEqual([]);
  expect(bench.breakage(path, '-2')).toEqual([]);
});

test('accesses in I/O space name registers of the BAR, in the lanes of their DWs', () => {
  const map = exampleMap({
    bars: [{ index: 1, size: 64, kind: 'io', bits: 32, prefetchable: false }],
    registers: [
      { space: 1, offset: 4, width: 1, name: 'LCR', fields: [{ name: 'DLAB', lsb: 7, msb: 7 }] },
      { space: 1, offset: 6, width: 4, name: 'WIDE' },
      { space: 1, offset: 5, width: 1, name: 'LSR' },
    ],
  });
  const at = (offset: number) => ({ space: 1, offset, address: 0xc000 + offset });
  const path = capture(
    [
      { kind: 'memWrite', flags: ['io'], tag: 0xc0, ...at(4), data: [0x83] },
      { kind: 'memRead', flags: ['io', 'completed'], tag: 0xc0, ...at(5), data: [0x60] },
      { kind: 'memRead', flags: ['io', 'completed'], tag: 0xc0, ...at(6), data: [1, 2, 3, 4] },
    ],
    { maps: [map] },
  );
  expect(bench.info(path, '-Y', 'pciem.kind == 1')).toEqual([
    'IOWr, 1 dw @ 0x0000c004  LCR = 0x83',
    'Cpl, SC',
    'IORd, 1 dw @ 0x0000c004  LSR',
    'CplD, SC, 1 dw  LSR = 0x60',
    'IORd, 1 dw @ 0x0000c004  WIDE[15:0]',
    'IORd, 1 dw @ 0x0000c008  WIDE[31:16]',
    'CplD, SC, 1 dw  WIDE[15:0] = 0x0201',
    'CplD, SC, 1 dw  WIDE[31:16] = 0x0403',
  ]);
  expect(bench.fields(path, ['pciem.map.bar'], '-Y', 'pciem.kind == 2')).toEqual([['1: 64 bytes, I/O, 32-bit']]);
  expect(bench.fields(path, ['pciem.field'], '-Y', 'frame.number == 2')).toEqual([['DLAB = 1']]);
  expect(bench.fields(path, ['frame.number'], '-Y', 'pciem.flags.io == 1')).toHaveLength(8);
  expect(bench.experts(path, '-2')).toEqual([]);
  expect(bench.breakage(path, '-2')).toEqual([]);
});

test('requests of the driver say who has made them', () => {
  const read: EventInit = { kind: 'memRead', flags: ['completed'], space: 0, offset: 0x1c, data: [1, 0, 0, 0] };
  const path = bench.file(
    convert([
      ...numbered([{ kind: 'configRead', flags: ['completed'], space: 7, data: [1, 0] }]),
      { kind: 'caller', caller: 5, data: Buffer.from('nvme_wait_ready+0x48/0x120 [nvme]') },
      { ...read, seq: 90, caller: 5 },
      { ...read, seq: 91 },
    ]),
    'callers.pcapng',
  );
  expect(bench.info(path, '-Y', 'pciem.kind == 13')).toEqual(['Caller 1: nvme_wait_ready+0x48/0x120 [nvme]']);
  const requests = ['-Y', 'pciem.kind == 1 && pciem.direction == 1'];
  const expected = [[''], ['nvme_wait_ready+0x48/0x120 [nvme]'], ['']];
  expect(bench.fields(path, ['pciem.caller'], ...requests)).toEqual(expected);
  expect(bench.fields(path, ['pciem.caller'], ...requests, '-2')).toEqual(expected);
  expect(bench.breakage(path, '-2')).toEqual([]);
});
