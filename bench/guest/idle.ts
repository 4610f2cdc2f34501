import { setTimeout } from 'node:timers/promises';
import { idleFigure } from '../idle.ts';
import type { GuestPlan } from '../protocol.ts';
import { tell } from './channel.ts';
import { plugDisk } from './disks.ts';

/** The CPU time of this process, in which the device runs, while its driver is bound and has nothing to do. */
export async function measureIdle({ quick }: GuestPlan): Promise<void> {
  const { endpoint } = await plugDisk(16, 'idle');
  const length = quick ? 2000 : 5000;
  await setTimeout(1000);
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    await setTimeout(length);
    const { user, system } = process.cpuUsage(before);
    const common = { type: 'sample', figure: idleFigure.id, round } as const;
    tell({ ...common, side: 'pciem', value: (user + system) / 1000 });
    tell({ ...common, side: 'baseline', value: performance.now() - start });
  }
  await endpoint.unplug();
}
