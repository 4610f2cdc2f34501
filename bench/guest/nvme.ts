import { nvmeCases } from '../nvme-cases.ts';
import type { GuestPlan } from '../protocol.ts';
import { tell } from './channel.ts';
import { plugDisks } from './disks.ts';
import { runFio } from './fio.ts';

/** Part 4: the NVMe device of pciem and that of QEMU, by fio. */
export async function measureNvme({ quick }: GuestPlan): Promise<void> {
  const { disks, endpoint } = await plugDisks(128);
  for (const each of nvmeCases.filter((fioCase) => !quick || fioCase.quick)) {
    tell({ type: 'progress', text: each.title });
    for await (const sample of runFio(each, disks, quick ? 3 : 5, quick ? 1.5 : 3)) tell(sample);
  }
  await endpoint.unplug();
}
