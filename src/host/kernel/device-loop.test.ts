import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uapi } from '@pciem/capture/uapi';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DeviceLoop } from './device-loop.ts';
import { Nap } from './nap.ts';
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

describe('naps', () => {
  /** Lengths of the naps while one record is handled, and then none, for a while. */
  async function napsWith(waiting: string[]): Promise<number[]> {
    vi.spyOn(process, 'getActiveResourcesInfo').mockReturnValue(waiting);
    const lengths: number[] = [];
    vi.spyOn(Nap.prototype, 'take').mockImplementation((length) => {
      lengths.push(length);
      return false;
    });
    const device = { pending: false, drained: () => {}, idle: () => {} };
    const loop = new DeviceLoop({ ring: new Ring(memory), fd, cpus: 1, handle: () => {}, device });
    Atomics.store(new Int32Array(memory), pciem_ring.fields.head.offset / 4, 1);
    loop.start();
    // Nothing before the event loop has had its turn.
    expect(lengths).toEqual([]);
    await sleep(20);
    loop.stop();
    vi.restoreAllMocks();
    return lengths;
  }

  it('are long when nobody else waits, short when timers do, and none when more is to be done at once', async () => {
    expect(new Set(await napsWith([]))).toEqual(new Set([20]));
    new Int32Array(memory).fill(0, pciem_ring.fields.head.offset / 4, pciem_ring.fields.tail.offset / 4 + 1);
    expect(new Set(await napsWith(['MessagePort', 'Timeout']))).toEqual(new Set([1]));
    new Int32Array(memory).fill(0, pciem_ring.fields.head.offset / 4, pciem_ring.fields.tail.offset / 4 + 1);
    expect(await napsWith(['Immediate'])).toEqual([]);
  });
});
