import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { access } from '../../capture/src/testing/analyze.ts';
import { AnalyzeCommand } from '../../src/commands/analyze.ts';
import { captureFolder, runCommand, session } from './analyze-helpers.ts';

const folder = await captureFolder();
afterAll(() => folder.remove());
const file = await folder.write('session.pcapng');

const analyze = (...argv: string[]) => runCommand(AnalyzeCommand, ...argv);
const json = async (...argv: string[]) => JSON.parse((await analyze(...argv, '--json')).stdout);

const TOPICS = ['summary', 'errors', 'transactions', 'registers', 'dma', 'irq', 'nvme', 'timeline'];

test.each(TOPICS)('%s fits 80 columns and is printed as JSON too', async (topic) => {
  const { status, stdout } = await analyze(file, topic, '--limit', '0');
  expect(status).toBe(0);
  expect(stdout.split('\n').length).toBeGreaterThan(3);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  expect(await json(file, topic)).toBeTypeOf('object');
});

test('the summary is the default, and starts with what is wrong', async () => {
  const { stdout } = await analyze(file);
  expect(stdout).toMatch(/^Problems\n.*\nDMA fault +1 +\d+ +\d+\n/);
  expect(stdout).toContain('1f000:00:00.0  nvme');
});

test('a register’s row has its value, fields and packet', async () => {
  const { stdout } = await analyze(file, 'registers');
  expect(stdout).toMatch(/0x14 +CC +0 +2 +0 +\d+ +0x00460001 +EN=1 +IOSQES=6/);
});

test('registers at a packet, and every access to one', async () => {
  const { stdout } = await analyze(file, 'registers', '--follow', 'cc', '--json');
  const [first] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(first).toMatchObject({ name: 'CC', access: 'write', value: '0x00460001' });
  const before = await json(file, 'registers', '--at', String(first.frame - 1));
  const at = await json(file, 'registers', '--at', String(first.frame));
  const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
  expect(names(before)).not.toContain('CC');
  expect(names(at)).toContain('CC');
});

test('every NVMe command, one a line', async () => {
  const { stdout } = await analyze(file, 'nvme', '--commands');
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(5);
  expect(lines[4]).toMatch(/ 6 +Write +1073741824\+8 +510 ns LBA Out of Range$/);
});

test('tables are cut to a limit, and say so', async () => {
  const { stdout } = await analyze(file, 'registers', '--limit', '2');
  expect(stdout).toMatch(/\.\.\. and \d+ more: --limit 0 shows all/);
});

test('compares two captures', async () => {
  const other = await folder.write('other.pcapng', [...session, access('memWrite', 0x1008, 3, 90_000)]);
  expect((await analyze('--compare', file, file)).stdout).toContain('No difference in');
  const { stdout } = await analyze('--compare', file, other);
  expect(stdout).toContain('Only in B: 1. Only in A: 0.');
  expect(stdout).toMatch(/A: is over\n {2}B: packet \d+: write 32 bit: SQ1 tail doorbell 0x00000003/);
  expect(await json('--compare', file, other)).toMatchObject({ added: 1, missing: 0 });
});

describe('mistakes', () => {
  test.each([
    [['nope.pcapng'], 2, 'nope.pcapng: there is no such file'],
    [[folder.path], 2, 'it is a directory'],
    [[file, 'bogus'], 2, 'bogus is no topic'],
    [[file, 'dma', '--at', '3'], 2, '--at and --follow belong to the topic registers'],
    [[file, 'irq', '--commands'], 2, '--commands belongs to the topic nvme'],
    [['--compare', file], 2, '--compare needs two captures'],
    [[file, 'registers', '--at', '100000'], 1, '--at 100000'],
    [[file, 'registers', '--follow', 'tail'], 1, 'there are: SQ0 tail doorbell, SQ1 tail doorbell'],
  ] as [string[], number, string][])('%s', async (argv, status, message) => {
    const result = await analyze(...argv);
    expect(result.status).toBe(status);
    expect(result.stderr).toContain(message);
    expect(result.stdout).toBe('');
  });

  test('a file that is no capture', async () => {
    const path = join(folder.path, 'text.pcapng');
    await writeFile(path, 'this is no capture, but it is longer than a block\n'.repeat(5));
    expect(await analyze(path)).toMatchObject({ status: 1, stderr: expect.stringContaining('not a pcapng file') });
    expect((await analyze('--compare', path, file)).status).toBe(1);
  });

  test('no NVMe controller', async () => {
    const { convert } = await import('../../capture/src/testing/capture.ts');
    const path = join(folder.path, 'other-device.pcapng');
    await writeFile(path, convert([access('memWrite', 0, 1, 1)]));
    expect(await analyze(path, 'nvme')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no NVMe controller'),
    });
  });
});
