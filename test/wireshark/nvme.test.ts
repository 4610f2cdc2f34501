import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import {
  completion,
  interrupt,
  memory,
  nvmeMap,
  nvmeSession,
  read,
  setUp,
  store,
  submission,
  write,
} from './nvme-session.ts';
import { bytesOf, numbered } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

type Options = Parameters<typeof convert>[1];

function capture(events: readonly EventInit[], options: Options = {}): string {
  return bench.file(convert(nvmeSession(events), { maps: [nvmeMap], ...options }));
}

/** What the Info column says of NVMe, from the first frame after `setUp` on. */
function words(path: string, ...args: string[]): string[] {
  return bench
    .info(path, ...args)
    .slice(11)
    .map((line) => /(?:SQ\d|fetches|for) .*/.exec(line)?.[0] ?? '');
}

const readCommand = { opcode: 2, nsid: 1, cid: 0x1234, prp1: 0x100_0200, cdw10: 5, cdw11: 1 };
/** One block of 512 bytes, from doorbell to consumed completion. */
const oneRead: EventInit[] = [
  write(0x1008, 1),
  read(memory.sq1, submission(readCommand)),
  store(0x100_0200, new Uint8Array(512)),
  store(memory.cq1, completion(1, 0x1234)),
  interrupt(1),
  write(0x100c, 1),
];

test('queues are set up by admin commands', () => {
  expect(
    bench.info(capture([]), '-Y', 'pciem.nvme').map((line) => line.replace(/.*memory|.*dw(?= {2})|.*vector 0/, '')),
  ).toEqual([
    '  SQ0 CID 10 Create I/O Completion Queue: queue 1 of 4 entries and 1 more',
    '  SQ0 CID 10 Create I/O Completion Queue: Success and 1 more',
    '  for SQ0 CID 10 Create I/O Completion Queue and 1 more',
    'MWr, 1 dw @ 0x0000008000101004  CQ0 head doorbell = 2',
  ]);
});

test('a command from doorbell to interrupt, in words', () => {
  expect(words(capture(oneRead))).toEqual([
    'SQ1 tail doorbell = 1',
    'fetches SQ1 entry 0',
    'SQ1 CID 4660 Read: namespace 1, LBA 4294967301, 1 blocks',
    'SQ1 CID 4660 Read data',
    'SQ1 CID 4660 Read: Success',
    'for SQ1 CID 4660 Read',
    '',
  ]);
});

test('every packet of a command points at the others', () => {
  const names = [
    'doorbell_in',
    'fetch_in',
    'submission_in',
    'data_in',
    'completion_in',
    'interrupt_in',
    'head_in',
    'time',
  ];
  const rows = bench.fields(
    capture(oneRead),
    ['frame.number', ...names.map((name) => `pciem.nvme.${name}`)],
    '-2',
    '-Y',
    'pciem.nvme.sqid == 1 && pciem.nvme.cid == 0x1234',
  );
  expect(rows).toEqual([
    ['12', '', '13', '14', '', '16', '17', '18', ''],
    ['13', '12', '', '14', '', '16', '17', '18', ''],
    ['14', '12', '13', '', '15', '16', '17', '18', ''],
    ['15', '12', '13', '14', '', '16', '17', '18', ''],
    ['16', '12', '13', '14', '15', '', '17', '18', '0.000003000'],
    ['17', '12', '13', '14', '', '16', '', '18', ''],
    ['18', '12', '13', '14', '', '16', '17', '', ''],
  ]);
});

test('shadow doorbells, which the controller reads, point at their commands', () => {
  const shadow = 0x300_0000;
  const path = capture([
    write(0x1000, 3),
    read(memory.asq + 128, submission({ opcode: 0x7c, cid: 12, prp1: shadow, prp2: shadow + 4096 })),
    store(memory.acq + 32, completion(0, 12)),
    // The register does not count any more.
    write(0x1008, 3),
    read(shadow + 8, [...bytesOf(1, 4), ...bytesOf(0, 4)]),
    ...oneRead.slice(1, -1),
    read(shadow + 8, [...bytesOf(1, 4), ...bytesOf(1, 4)]),
  ]);
  const lines = bench.info(path, '-Y', 'frame.number > 16');
  expect(lines.filter((line) => line.includes('shadow')).map((line) => /shadow.*/.exec(line)?.[0])).toEqual([
    'shadow doorbells: SQ1 tail = 1',
    'shadow doorbells: CQ1 head = 1',
  ]);
  const [row] = bench.fields(
    path,
    ['pciem.nvme.doorbell_in', 'pciem.nvme.head_in'],
    ...['-2', '-Y', 'pciem.nvme.status && pciem.nvme.sqid == 1'],
  );
  expect(row?.map((frame) => bench.info(path, '-Y', `frame.number == ${frame}`)[0])).toEqual([
    expect.stringContaining('SQ1 tail = 1'),
    expect.stringContaining('CQ1 head = 1'),
  ]);
});

test('the fields of a submission entry and of a completion entry', () => {
  const path = capture(oneRead);
  const names = ['sqid', 'cid', 'opcode', 'command', 'nsid', 'prp1', 'prp2', 'cdw10', 'cdw11', 'slba', 'nlb'];
  const columns = names.map((name) => `pciem.nvme.${name}`);
  expect(bench.fields(path, columns, '-Y', 'pciem.nvme.opcode == 2 && pciem.nvme.slba')).toEqual([
    [
      '1',
      '4660',
      '0x02',
      'Read',
      '1',
      '0x0000000001000200',
      '0x0000000000000000',
      '0x00000005',
      '0x00000001',
      '4294967301',
      '1',
    ],
  ]);
  const entry = ['cqid', 'sqid', 'cid', 'sqhd', 'phase', 'sct', 'sc', 'status'].map((name) => `pciem.nvme.${name}`);
  expect(bench.fields(path, entry, '-Y', 'pciem.nvme.status && pciem.nvme.sqid == 1')).toEqual([
    ['1', '1', '4660', '0', '1', '0', '0x0000', 'Success'],
  ]);
});

test('a failed command is an expert info', () => {
  const path = capture([...oneRead.slice(0, 2), store(memory.cq1, completion(1, 0x1234, 0x281))]);
  expect(bench.experts(path)).toEqual(['15: Command failed: Unrecovered Read Error']);
  expect(words(path).at(-1)).toBe('SQ1 CID 4660 Read: Unrecovered Read Error');
});

test('a completion of a command that was never submitted', () => {
  const path = capture([store(memory.cq1, completion(1, 99))]);
  expect(bench.experts(path)).toEqual(['12: Completion of an unknown command']);
});

test('a PRP list is followed, also where it goes on in another page', () => {
  const page = (n: number) => 0x200_0000 + n * 0x2000;
  const listAt = memory.list + 0xff0;
  const blocks = 8 * 4;
  const command = { opcode: 1, cid: 7, nsid: 1, prp1: page(0), prp2: listAt, cdw12: blocks - 1 };
  const path = capture([
    write(0x1008, 1),
    read(memory.sq1, submission(command)),
    read(listAt, [...bytesOf(page(1), 8), ...bytesOf(0x60000, 8)]),
    read(0x60000, [...bytesOf(page(2), 8), ...bytesOf(page(3), 8)]),
    ...[0, 1, 2, 3].map((n) => read(page(n), new Uint8Array(4096))),
    read(page(4), new Uint8Array(16)),
  ]);
  expect(words(path)).toEqual([
    'SQ1 tail doorbell = 1',
    'fetches SQ1 entry 0',
    'SQ1 CID 7 Write: namespace 1, LBA 0, 32 blocks',
    ...Array(4).fill('SQ1 CID 7 Write PRP list'),
    ...Array(8).fill('SQ1 CID 7 Write data'),
    '',
    '',
  ]);
});

test('entries split over completions, and data over many packets', () => {
  const command = { ...readCommand, prp1: 0x100_0000, prp2: 0x300_0000, cdw12: 15 };
  const path = capture(
    [
      write(0x1008, 3),
      read(
        memory.sq1,
        [1, 2, 3].flatMap((cid) => submission({ ...command, cid })),
      ),
      store(0x100_0000, new Uint8Array(4096)),
      store(0x300_0000, new Uint8Array(4096)),
      store(
        memory.cq1,
        [1, 2, 3].flatMap((cid) => completion(1, cid)),
      ),
    ],
    { mps: 128, mrrs: 128 },
  );
  expect(bench.fields(path, ['pciem.nvme.cid', 'pciem.nvme.opcode'], '-Y', 'pciem.nvme.slba')).toEqual([
    ['1,2', '0x02,0x02'],
    ['3', '0x02'],
  ]);
  expect(bench.fields(path, ['pciem.nvme.cid'], '-2', '-Y', 'pciem.nvme.status && pciem.nvme.cqid == 1')).toEqual([
    ['1,2,3'],
  ]);
  // The youngest command with that buffer has it.
  const data = bench.fields(path, ['pciem.nvme.data_in'], '-2', '-Y', 'pciem.nvme.slba && pciem.nvme.cid == 3');
  expect(data[0]?.[0]?.split(',')).toHaveLength(64);
  expect(bench.experts(path, '-2')).toEqual([]);
});

test('the size of a block comes from Identify Namespace', () => {
  const identify = new Uint8Array(4096);
  identify[26] = 1;
  identify[128 + 4 + 2] = 12;
  const path = capture([
    write(0x1000, 3),
    read(memory.asq + 128, submission({ opcode: 6, cid: 12, nsid: 1, prp1: 0x70000 })),
    store(0x70000, identify),
    store(memory.acq + 32, completion(0, 12)),
    write(0x1008, 1),
    read(memory.sq1, submission({ ...readCommand, prp1: 0x80000, prp2: 0x91000, cdw12: 1 })),
    store(0x80000, new Uint8Array(4096)),
    store(0x91000, new Uint8Array(4096)),
  ]);
  expect(words(path).slice(-2)).toEqual(Array(2).fill('SQ1 CID 4660 Read data'));
});

test('fields of the controller registers, which the device map need not tell', () => {
  const answer = (offset: number, value: bigint, length: number): EventInit => ({
    ...write(offset, value, length),
    kind: 'memRead',
    flags: ['completed'],
  });
  const path = bench.file(
    convert(numbered([answer(0, 0x0040_0020_0f01_03ffn, 8), ...setUp, answer(0x1c, 1n, 4)]), { maps: [nvmeMap] }),
  );
  const rows = bench.fields(path, ['pciem.register', 'pciem.field'], '-Y', 'pciem.field', '-E', 'aggregator=;');
  expect(rows.map(([name]) => name)).toEqual(['CAP', 'AQA', 'ASQ', 'ACQ', 'CC', 'CSTS']);
  expect(rows[0]?.[1]).toMatch(/^MQES = 1023;CQR = 1;AMS = 0;TO = 15;DSTRD = 0;NSSRS = 0;CSS = 1;.*MPSMAX = 4;/);
  expect(rows[1]?.[1]).toBe('ASQS = 31;ACQS = 31');
  expect(rows[4]?.[1]).toMatch(/^EN = 1;CSS = 0;MPS = 0;AMS = 0;SHN = 0;IOSQES = 6;IOCQES = 4/);
  expect(rows[5]?.[1]).toMatch(/^RDY = 1;CFS = 0;SHST = 0/);
});

test('a reset ends what was known of queues and commands', () => {
  const path = capture([{ kind: 'reset', space: 255, vector: 0 }, ...oneRead]);
  expect(words(path).slice(1)).toEqual(['SQ1 tail doorbell = 1', '', '', '', '', '', '']);
});

test('a driver that is bound, or a change of power, ends nothing', () => {
  const path = capture([
    { kind: 'bound', space: 255, data: Buffer.from('nvme') },
    { kind: 'power', space: 255, vector: 0 },
    ...oneRead,
  ]);
  expect(words(path).slice(-7)).toEqual(words(capture(oneRead)));
});

test('a preference leaves devices alone', () => {
  const path = capture(oneRead);
  expect(bench.fields(path, ['frame.number'], '-Y', 'pciem.nvme', '-o', 'pciem.devices:FALSE')).toEqual([]);
});

test('other devices are not taken for NVMe', () => {
  const path = bench.file(convert(nvmeSession(oneRead), { maps: [{ ...nvmeMap, class: 0x010601 }] }));
  expect(bench.fields(path, ['frame.number'], '-Y', 'pciem.nvme')).toEqual([]);
});

test('no Lua error, malformed packet or expert info in all of it', () => {
  const path = capture(oneRead);
  expect(bench.breakage(path, '-2')).toEqual([]);
  expect(bench.experts(path, '-2')).toEqual([]);
});
