import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FioCase, nvmeCases, qemuSerial } from '../nvme-cases.ts';
import type { GuestPlan } from '../protocol.ts';
import { tell } from './channel.ts';
import { runFio } from './fio.ts';
import { plugIn, waitFor } from './plugged.ts';

const nvme = import.meta.resolve('@pciem/plugin-nvme');
/** Bytes of both disks that are used. */
const size = 128;

/** Part 4: the NVMe device of pciem and that of QEMU, by fio. */
export async function measureNvme({ quick }: GuestPlan): Promise<void> {
  execFileSync('modprobe', ['nvme']);
  const baseline = await waitFor("QEMU's NVMe disk", () => findDisk((serial) => serial === qemuSerial));
  const endpoint = await plugIn({ entry: nvme, options: { size: `${size}M`, serial: 'bench' } });
  const pciem = await waitFor("pciem's NVMe disk", () => findDisk((serial) => serial === 'bench'));
  for (const disk of [pciem, baseline]) fill(disk);
  for (const each of nvmeCases.filter((fioCase) => !quick || fioCase.quick))
    await measure(each, { pciem, baseline }, quick);
  await endpoint.unplug();
}

async function measure(fioCase: FioCase, disks: { pciem: string; baseline: string }, quick: boolean): Promise<void> {
  tell({ type: 'progress', text: fioCase.title });
  const rounds = quick ? 3 : 5;
  for await (const sample of runFio(fioCase, disks, rounds, quick ? 1.5 : 3)) tell(sample);
}

/** Path of the disk of a controller. */
function findDisk(matches: (serial: string) => boolean): string | undefined {
  const root = '/sys/class/nvme';
  for (const controller of readdirSync(root)) {
    const serial = readFileSync(join(root, controller, 'serial'), 'utf8').trim();
    const disk = `/dev/${controller}n1`;
    // fio would silently make a regular file where there is no disk.
    if (matches(serial) && statSync(disk, { throwIfNoEntry: false })?.isBlockDevice()) return disk;
  }
  return undefined;
}

/** Blocks that were never written may cost less to read. */
function fill(disk: string): void {
  execFileSync('dd', ['if=/dev/urandom', `of=${disk}`, 'bs=1M', `count=${size}`, 'oflag=direct', 'status=none']);
}
