import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { captureCases, recordsLost } from '../capture-cases.ts';
import type { GuestPlan } from '../protocol.ts';
import { tell } from './channel.ts';
import { plugDisk } from './disks.ts';
import { runFio } from './fio.ts';

/** In the guest's memory, like everything that it writes. */
const directory = '/tmp/bench-capture';

/** Part 5: two NVMe devices of pciem, one of which is captured into a file. */
export async function measureCapture({ quick }: GuestPlan): Promise<void> {
  mkdirSync(directory);
  const plain = await plugDisk(64, 'plain');
  let records = { delivered: 0, lost: 0 };
  const captured = await plugDisk(64, 'captured', {
    capture: join(directory, 'bench.pcapng'),
    onEvent: (event) => {
      if (event.type === 'captured') records = event;
    },
  });
  const disks = { pciem: captured.disk, baseline: plain.disk };
  for (const each of captureCases.filter((fioCase) => !quick || fioCase.quick)) {
    for await (const sample of runFio(each, disks, quick ? 3 : 5, quick ? 1 : 2)) tell(sample);
  }
  for (const { endpoint } of [captured, plain]) await endpoint.unplug();
  const common = { type: 'sample', figure: recordsLost.id, round: 0 } as const;
  tell({ ...common, side: 'pciem', value: records.lost });
  tell({ ...common, side: 'baseline', value: records.delivered });
  rmSync(directory, { recursive: true });
}
