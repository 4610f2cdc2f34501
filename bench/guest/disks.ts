import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelEndpoint } from '../../src/host/kernel/index.ts';
import { qemuSerial } from '../nvme-cases.ts';
import type { Side } from '../protocol.ts';
import { type PlugOptions, plugIn, waitFor } from './plugged.ts';

const nvme = import.meta.resolve('@pciem/plugin-nvme');

export interface Disks {
  /** Paths of the block devices. */
  disks: Record<Side, string>;
  /** That of the NVMe device. */
  endpoint: KernelEndpoint;
}

/** Plugs an NVMe device of `size` MiB, waits for it and for QEMU's, and writes both full. */
export async function plugDisks(size: number): Promise<Disks> {
  execFileSync('modprobe', ['nvme']);
  const baseline = await waitForDisk(qemuSerial);
  const { disk: pciem, endpoint } = await plugDisk(size, 'bench');
  fill(baseline, size);
  return { disks: { pciem, baseline }, endpoint };
}

/** Plugs an NVMe device of `size` MiB, waits for it, and writes it full. */
export async function plugDisk(
  size: number,
  serial: string,
  more: Pick<PlugOptions, 'capture' | 'onEvent'> = {},
): Promise<{ disk: string; endpoint: KernelEndpoint }> {
  const options = { size: `${size}M`, serial, doorbellBuffer: true };
  const endpoint = await plugIn({ ...more, entry: nvme, options });
  const disk = await waitForDisk(serial);
  fill(disk, size);
  return { disk, endpoint };
}

async function waitForDisk(serial: string): Promise<string> {
  return waitFor(`the NVMe disk ${serial}`, () => findDisk(serial));
}

/** Path of the disk of a controller. */
function findDisk(wanted: string): string | undefined {
  const root = '/sys/class/nvme';
  for (const controller of readdirSync(root)) {
    const serial = readFileSync(join(root, controller, 'serial'), 'utf8').trim();
    const disk = `/dev/${controller}n1`;
    // fio would silently make a regular file where there is no disk.
    if (serial === wanted && statSync(disk, { throwIfNoEntry: false })?.isBlockDevice()) return disk;
  }
  return undefined;
}

/** Blocks that were never written may cost less to read. */
function fill(disk: string, size: number): void {
  execFileSync('dd', ['if=/dev/urandom', `of=${disk}`, 'bs=1M', `count=${size}`, 'oflag=direct', 'status=none']);
}
