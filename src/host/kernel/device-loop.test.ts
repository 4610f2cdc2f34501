import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uapi } from '@pciem/capture/uapi';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DeviceLoop } from './device-loop.ts';
import { Ring } from './ring.ts';

const { pciem_ring, pciem_record } = uapi.structs;
const ENTRIES = 256;

let directory: string;
let fd: number;
let memory: ArrayBuffer;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-loop-'));
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  fd = openSync(join(directory, 'fifo'), constants.O_RDWR | constants.O_NONBLOCK);
  memory = new ArrayBuffer(4096 + ENTRIES * pciem_record.size);
  new Uint32Array(memory)[pciem_ring.fields.entries.offset / 4] = ENTRIES;
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

it('tells of the end of each batch of records, and of nothing when there are none', async () => {
  const head = (count: number) => Atomics.store(new Int32Array(memory), pciem_ring.fields.head.offset / 4, count);
  const calls: string[] = [];
  let handled = 0;
  const loop = new DeviceLoop({
    ring: new Ring(memory),
    fd,
    cpus: 1,
    handle: () => handled++,
    device: { pending: false, drained: () => calls.push(`drained after ${handled}`), idle: () => {} },
  });
  loop.start();
  expect(calls).toEqual([]);
  head(3);
  loop.start();
  head(3 + 70);
  loop.start();
  await sleep(5);
  loop.stop();
  expect(calls).toEqual(['drained after 3', 'drained after 67', 'drained after 73']);
});
