import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliRun, pciem } from './cli.ts';

/** How many blocks one look at a disk reads, one by one. */
export const BLOCKS = 8;

/** A running device and its disk. */
export interface Disk {
  run: CliRun;
  address: string;
  path: string;
}

/** An NVMe disk, from another terminal as it were. */
export function plugDisk(): Promise<Disk> {
  return diskOf(pciem('run', 'nvme'));
}

/** The disk that a run plugs, when the driver has found it. */
export async function diskOf(run: CliRun): Promise<Disk> {
  await run.sees('Ctrl-C unplugs it', 240);
  const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
  const disk = () => readdirSync('/sys/block').find((name) => realpathSync(`/sys/block/${name}`).includes(address));
  await waitFor(() => existsSync(`/dev/${disk()}`), 240, `no disk at ${address}: ${run.output()}`);
  return { run, address, path: `/dev/${disk()}` };
}

export function readDisk(path: string): void {
  execFileSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=4k', `count=${BLOCKS}`, 'iflag=direct'], { stdio: 'ignore' });
}

export async function waitFor(
  isTrue: () => boolean,
  seconds: number,
  complaint: string | (() => string),
  poll = 100,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(typeof complaint === 'string' ? complaint : complaint());
    await sleep(poll);
  }
}
