import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-lspci-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

let seq = 1;
/** What the driver reads or writes of configuration space, little-endian. */
function config(kind: 'configRead' | 'configWrite', offset: number, value: number, size = 4): EventInit {
  const data = Buffer.alloc(size);
  data.writeUIntLE(value, 0, size);
  return { kind, flags: ['completed'], seq: seq++, offset, space: 7, tag: 1, data };
}
const read = (offset: number, value: number, size?: number) => config('configRead', offset, value, size);
const write = (offset: number, value: number, size?: number) => config('configWrite', offset, value, size);

function capture(name: string, ...events: EventInit[]): string {
  const file = join(directory, name);
  writeFileSync(file, convert(events, { maps: [exampleMap()] }));
  return file;
}

/** Bytes of a dump or of the output of lspci -x, by offset. */
function bytesOf(text: string): number[] {
  return [...text.matchAll(/^[0-9a-f]{2,3}: (.*)$/gm)].flatMap(([, line = '']) =>
    line.split(' ').map((byte) => Number.parseInt(byte, 16)),
  );
}

describe('of a device', () => {
  test('the real lspci reads the dump, byte by byte', async () => {
    const dump = pciem('lspci', 'nvme', '--dump').stdout;
    const file = join(directory, 'nvme.dump');
    writeFileSync(file, dump);
    const { stdout } = await execa('lspci', ['-F', file, '-xxxx']);
    expect(bytesOf(stdout)).toEqual(bytesOf(dump));
    expect(bytesOf(dump).slice(0, 4)).toEqual([0x34, 0x12, 0x56, 0x4e]);
    const [{ bytes }] = JSON.parse(pciem('lspci', 'nvme', '--json').stdout);
    expect([...Buffer.from(bytes, 'hex')].slice(0, bytesOf(dump).length)).toEqual(bytesOf(dump));
  });

  test('is shown as the real lspci shows it', async () => {
    const file = join(directory, 'nvme.vv');
    writeFileSync(file, pciem('lspci', 'nvme', '--dump').stdout);
    for (const options of ['-vv', '-vvvxxx', '-nn']) {
      const { stdout } = await execa('lspci', ['-F', file, options]);
      expect(pciem('lspci', 'nvme', options).stdout.trim()).toBe(stdout.trim());
    }
    expect(pciem('lspci', 'nvme', '-vv').stdout).toContain('MSI-X: Enable- Count=5 Masked-');
    expect(pciem('lspci', 'nvme', '-vv', '--set', 'queues=8').stdout).toContain('MSI-X: Enable- Count=9');
  });
});

describe('of a capture', () => {
  test('what the driver last read or wrote, with the sizing of a BAR undone', () => {
    const file = capture(
      'sizing.pcapng',
      read(0x00, 0x0001_1234),
      read(0x10, 0x0000_0004),
      write(0x10, 0xffff_ffff),
      read(0x10, 0xffff_c004),
      write(0x10, 0xfe00_0000),
      write(0x14, 0x0000_0012),
      read(0x04, 0x0010_0000),
      write(0x04, 0x0406, 2),
      write(0x06, 0xffff, 2),
      write(0x00, 0xdead_beef),
      read(0x34, 0x40),
      read(0x40, 0x0003_0001),
    );
    const { status, stdout, stderr } = pciem('lspci', file, '-vv');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^1f000:00:00\.0 .*1234:0001 \(rev 01\)/);
    expect(stdout).toContain('Mem+ BusMaster+');
    expect(stdout).toContain('DisINTx+');
    expect(stdout).toContain('Region 0: Memory at 12fe000000 (64-bit, non-prefetchable)');
    expect(stdout).toContain('Capabilities: [40] Power Management version 3');
    expect(stderr).toContain('of the first 256 bytes are known');
  });

  test('as it was at an earlier packet', () => {
    const file = capture('at.pcapng', write(0x04, 0x0006, 2), write(0x04, 0x0000, 2));
    expect(pciem('lspci', file, '-v', '--at', '3').stdout).toContain('bus master');
    expect(pciem('lspci', file, '-vv').stdout).toContain('BusMaster-');
  });

  test('a read that fails tells nothing: the device may be gone', () => {
    const gone: EventInit = { ...read(0x00, 0xffff_ffff), status: 1 };
    expect(pciem('lspci', capture('gone.pcapng', gone), '-n').stdout).toContain('1234:0001');
  });
});

test.each([
  [['none'], 'There is no device "none"', 2],
  [['nvme', '--at', '3'], '--at is for a capture', 2],
  [['nvme', '--dump', '-v'], '--dump', 2],
  [[], 'SOURCE is missing', 2],
])('lspci %j: says what is wrong', (args, message, expected) => {
  const { status, stderr } = pciem('lspci', ...args);
  expect(stderr).toContain(message);
  expect(status).toBe(expected);
});
