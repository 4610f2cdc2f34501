import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Readiness } from './readiness.ts';

let directory: string;
let fd: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-readiness-'));
  const fifo = join(directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
});

afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

describe('Readiness', () => {
  it('tells once for each wait, as long as there is something to read', async () => {
    let told = 0;
    const readiness = new Readiness(fd, () => {
      told++;
      if (told === 3) readSync(fd, new Uint8Array(8));
      readiness.wait();
    });
    writeSync(fd, 'x');
    await sleep(20);
    expect(told).toBe(0);
    readiness.wait();
    readiness.wait();
    await vi.waitFor(() => expect(told).toBe(3));
    await sleep(20);
    expect(told).toBe(3);
    writeSync(fd, 'x');
    await vi.waitFor(() => expect(told).toBeGreaterThan(3));
    readiness.close();
  });

  it('is quiet after it is closed', async () => {
    let told = 0;
    const readiness = new Readiness(fd, () => told++);
    writeSync(fd, 'x');
    readiness.wait();
    readiness.close();
    readiness.wait();
    readiness.close();
    await sleep(20);
    expect(told).toBe(0);
  });
});
