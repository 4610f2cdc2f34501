import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Nap } from './nap.ts';

it('ends when the file is readable, when the event loop has to do, or when its time is over', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-nap-'));
  const path = join(directory, 'fifo');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const nap = new Nap(fd);
  const start = performance.now();
  expect(nap.take(20)).toBe(false);
  // poll(2) may round, but never to less than a clock tick before.
  expect(performance.now() - start).toBeGreaterThan(15);
  writeSync(fd, 'x');
  expect(nap.take(600_000)).toBe(true);
  expect(new Nap(fd, fd).take(600_000)).toBe(true);
  execFileSync('mkfifo', [`${path}2`]);
  const other = openSync(`${path}2`, constants.O_RDWR | constants.O_NONBLOCK);
  expect(new Nap(other, fd).take(600_000)).toBe(false);
  closeSync(other);
  closeSync(fd);
  rmSync(directory, { recursive: true });
});
