import { execFileSync } from 'node:child_process';
import { ceilingCase, type FioCase, nvmeCases } from '../nvme-cases.ts';
import type { GuestPlan } from '../protocol.ts';
import { tell } from './channel.ts';
import { type Disks, plugDisks } from './disks.ts';
import { runFio, warmUp } from './fio.ts';

/** Seconds of commands before the first measurement: what V8 has not compiled yet is not what is measured. */
const WARM_UP = 6;

/** Part 4: the NVMe device of pciem and that of QEMU, by fio. */
export async function measureNvme({ quick }: GuestPlan): Promise<void> {
  const { disks, endpoint } = await plugDisks(128);
  warmUp(disks.pciem, 1, WARM_UP / 2);
  warmUp(disks.pciem, 32, WARM_UP / 2);
  const measure = async (fioCase: FioCase, on: Disks['disks']) => {
    tell({ type: 'progress', text: fioCase.title });
    for await (const sample of runFio(fioCase, on, quick ? 3 : 5, quick ? 1.5 : 2.2)) tell(sample);
  };
  for (const each of nvmeCases.filter((fioCase) => !quick || fioCase.quick)) await measure(each, disks);
  execFileSync('modprobe', ['null_blk', 'nr_devices=1', 'queue_mode=2', 'irqmode=0', 'bs=512', 'gb=1']);
  await measure(ceilingCase, { ...disks, pciem: '/dev/nullb0' });
  await endpoint.unplug();
}
