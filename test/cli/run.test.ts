import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pciem } from './pciem.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('help tells how to run a device and shows examples', () => {
  const { status, stdout } = pciem('run', '--help');
  expect(status).toBe(0);
  for (const text of [
    '--capture',
    '--vm',
    '--kernel',
    '--memory',
    '--cpus',
    '--set',
    'pciem run nvme',
    'PCIEM_ADDRESS',
  ]) {
    expect(stdout).toContain(text);
  }
});

describe('a wrong command line: exit status 2, what is wrong, and what to do', () => {
  test.each([
    [['run'], 'device'],
    [['run', 'nope'], 'There is no device "nope"'],
    [['run', 'nope'], 'nvme, '],
    [['run', 'nvme', '--set', 'x'], '--set x: not of the form key=value'],
    [['run', 'nvme', '--set', 'a=1', '--set', 'a=2'], '--set a=… is given twice'],
    [['run', 'nvme', '--capture', '/nonexistent/x.pcapng'], '/nonexistent does not exist'],
    [['run', 'nvme', '--capture', '/tmp'], 'it is a directory'],
    [['run', 'nvme', '--kernel', 'x'], '--vm'],
    [['run', 'nvme', '--vm', '--kernel', '9.9.9-none'], '--kernel 9.9.9-none: no such file'],
    [['run', 'nvme', '--vm', '--memory', '1'], '--memory'],
    [['run', 'nvme', '--vm', '--cpus', 'two'], '--cpus'],
    [['run', 'nvme', 'ls'], 'ls'],
    [['run', 'nvme', '--bogus'], '--bogus'],
  ])('%j', (args, message) => {
    const { status, stderr } = pciem(...args);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(2);
  });
});

test('a kernel image that is none', () => {
  const image = join(directory, 'vmlinuz');
  writeFileSync(image, 'no kernel');
  const { status, stderr } = pciem('run', 'nvme', '--vm', '--kernel', image);
  expect(stderr).toContain(`${image} is not an x86 kernel image`);
  expect(status).toBe(1);
});

test.skipIf(existsSync('/dev/pciem'))('without the kernel module: says what to do', () => {
  const { status, stderr } = pciem('run', 'nvme');
  expect(stderr).toContain('/dev/pciem');
  expect(stderr).toContain('--vm');
  expect(stderr).toContain('pciem kmod load');
  expect(status).toBe(1);
});
