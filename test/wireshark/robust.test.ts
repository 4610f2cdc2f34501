import { afterAll, beforeAll, expect, test } from 'vitest';
import { PcapngWriter, RECORD_HEADER_BYTES } from '../../capture/src/index.ts';
import { convert, exampleMap, readCapture } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { completion, interrupt, memory, nvmeMap, nvmeSession, read, store, submission, write } from './nvme-session.ts';
import { randomSource } from './random.ts';
import { bytesOf, numbered, session, sessionInfo, sessionMap } from './session.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

const whole = convert(session, { maps: [sessionMap] });

test('capinfos finds what the file says of itself', () => {
  const path = bench.file(whole);
  const { lines, status, stderr } = bench.run('capinfos', ['-M', path]);
  expect(status, stderr).toBe(0);
  const values = Object.fromEntries(lines.map((line) => line.trim().split(/ *[=:] +/) as [string, string]));
  expect(values).toMatchObject({
    'File encapsulation': 'user0',
    'File timestamp precision': 'nanoseconds (9)',
    'Number of packets': String(sessionInfo.length),
    'Strict time order': 'True',
    'Number of interfaces in file': '1',
    Name: '1f000:00:00.0',
    Description: 'hello, function 0',
    Hardware: '1234:0001 class ff0000',
  });
});

test('editcap copies the file packet by packet', () => {
  const copy = `${bench.folder}/copy.pcapng`;
  const { status, stderr } = bench.run('editcap', [bench.file(whole), copy]);
  expect(status, stderr).toBe(0);
  expect(bench.info(copy)).toEqual(sessionInfo);
});

test('packet flags, drop counts and comments reach Wireshark', () => {
  const events: EventInit[] = [
    { kind: 'memWrite', address: 0x1000, data: [0] },
    { kind: 'msi', address: 0x1000, data: [0, 0, 0, 0] },
    { kind: 'mark', data: Buffer.from('here') },
    { kind: 'plug', lost: 3 },
  ];
  const names = ['frame.packet_flags_direction', 'frame.drop_count', 'frame.comment'];
  expect(bench.fields(bench.file(convert(numbered(events))), names)).toEqual([
    ['0x00000000', '', ''],
    ['0x00000001', '', ''],
    ['0x00000002', '', ''],
    ['0x00000000', '', 'here'],
    ['0x00000000', '3', ''],
    ['0x00000000', '', ''],
  ]);
});

test('a file cut off anywhere near a block boundary shows all whole packets', () => {
  const small = convert(session.slice(10, 14), { maps: [exampleMap()] });
  const view = new DataView(small.buffer);
  const cuts = new Set<number>();
  for (let at = 0; at < small.length; at += view.getUint32(at + 4, true)) {
    for (const distance of [-4, -1, 0, 1, 9]) cuts.add(at + distance);
  }
  for (const cut of [...cuts].filter((length) => length >= 12 && length < small.length)) {
    const part = small.slice(0, cut);
    const packets = readCapture(part).packets.length;
    // Without a whole section header there is no file yet.
    if (cut < view.getUint32(4, true)) continue;
    expect(bench.info(bench.file(part)), `cut at ${cut}`).toHaveLength(packets);
  }
});

/** Runs the dissector on a file in one pass, in two, and with all details; expects no Lua error. */
function expectNoLuaError(path: string, what: string): void {
  const filter = ['-Y', '_ws.expert.message contains "Lua Error"'];
  expect(bench.fields(path, ['frame.number', '_ws.expert.message'], ...filter), what).toEqual([]);
  expect(bench.fields(path, ['frame.number', '_ws.expert.message'], '-2', ...filter), what).toEqual([]);
  const details = bench.tshark(path, '-2', '-V').lines;
  expect(
    details.filter((line) => line.includes('Lua Error')),
    what,
  ).toEqual([]);
  expect(details.filter((line) => line.startsWith('PCI Express transaction')).length, what).toBeGreaterThan(500);
}

test.each([
  ['0.01', '0'],
  ['0.05', '64'],
  ['0.3', '64'],
  ['0.05', '8'],
  ['0.9', '70'],
])('editcap -E %s from byte %s on makes no Lua error', (probability, offset) => {
  const events = numbered(Array.from({ length: 40 }, () => session).flat());
  const path = bench.file(convert(events, { maps: [sessionMap] }));
  const mangled = `${bench.folder}/mangled.pcapng`;
  const { status, stderr } = bench.run('editcap', ['-E', probability, '-o', offset, '--seed', '7', path, mangled]);
  expect(status, stderr).toBe(0);
  expectNoLuaError(mangled, `editcap -E ${probability} -o ${offset}`);
});

/** Commands of all kinds, with what is needed for each of them to be followed. */
function manyCommands(): EventInit[] {
  return Array.from({ length: 120 }, (_, n) => {
    const entry = { opcode: n % 16, cid: n, nsid: 1, prp1: 0x100_0000 + n * 512, prp2: memory.list, cdw12: 31 };
    return [
      write(0x1008, (n + 1) % 4),
      read(memory.sq1 + 64 * (n % 4), submission(entry)),
      read(memory.list, [...bytesOf(0x200_0000, 8), ...bytesOf(0x300_0000, 8), ...bytesOf(0x400_0000, 8)]),
      store(0x100_0000 + n * 512, new Uint8Array(256)),
      store(memory.cq1 + 16 * (n % 4), completion(1, n, n % 3)),
      interrupt(1),
      write(0x100c, (n + 1) % 4),
    ];
  }).flat();
}

test.each([
  ['0.005', '64'],
  ['0.05', '64'],
  ['0.3', '64'],
  ['0.02', '0'],
])('NVMe, mangled with probability %s from byte %s on, makes no Lua error', (probability, offset) => {
  const path = bench.file(convert(nvmeSession(manyCommands()), { maps: [nvmeMap] }));
  const mangled = `${bench.folder}/mangled.pcapng`;
  const { status, stderr } = bench.run('editcap', ['-E', probability, '-o', offset, '--seed', '11', path, mangled]);
  expect(status, stderr).toBe(0);
  expectNoLuaError(mangled, `editcap -E ${probability} -o ${offset}`);
});

test.each([1, 2, 3])('random bytes behind our magic make no Lua error (seed %i)', (seed) => {
  const random = randomSource(seed);
  const packets = readCapture(whole).packets.map(({ bytes }) => bytes);
  const chunks: Uint8Array[] = [];
  const writer = new PcapngWriter((chunk) => chunks.push(chunk.slice()));
  writer.section({});
  writer.addInterface({ name: 'random' });
  for (let i = 0; i < 3000; i++) {
    // A real packet whose body is noise, or cut off, or whose kind is another one's.
    const packet = (packets[random(packets.length)] as Uint8Array).slice(0, random(3) === 0 ? random(200) : undefined);
    if (random(2) === 0 && packet.length > 8) packet[8] = random(13);
    if (random(3) === 0)
      for (let at = 8 + random(RECORD_HEADER_BYTES); at < packet.length; at++) packet[at] = random(256);
    for (let n = random(4); n > 0 && packet.length > 0; n--) packet[random(packet.length)] = random(256);
    writer.bytes.set(packet, writer.begin(packet.length));
    writer.end(0, 0, i, packet.length, packet.length + random(3), 0);
  }
  writer.flush();
  expectNoLuaError(bench.file(new Uint8Array(Buffer.concat(chunks))), `seed ${seed}`);
});

test('the dissector works from a plugin folder, where Wireshark loads every file of it', () => {
  const { lines } = bench.run('tshark', ['-G', 'folders']);
  const folder = lines.map((line) => line.split('\t')).find(([name]) => name?.startsWith('Personal Lua Plugins'))?.[1];
  expect(folder).toMatch(bench.folder);
  bench.run('mkdir', ['-p', folder as string]);
  const copied = bench.run('cp', [
    '-r',
    `${bench.folder}/dissector/pciem.lua`,
    `${bench.folder}/dissector/pciem`,
    folder as string,
  ]);
  expect(copied.status, copied.stderr).toBe(0);
  const { lines: info, stderr } = bench.run('tshark', ['-r', bench.file(whole), '-T', 'fields', '-e', '_ws.col.Info']);
  expect(stderr).not.toMatch(/lua/i);
  expect(info).toEqual(sessionInfo);
});
