// Runs in the guest: the parts that are named on the command line, else those of the plan, one after the other.
import { readFileSync } from 'node:fs';
import { type GuestPlan, planName } from '../protocol.ts';
import { measureAccess, measureAccessOnOneCpu, measureDoorbells, oneCpuPart } from './access.ts';
import { tell } from './channel.ts';
import { measureNvme } from './nvme.ts';

const share = '/run/pciem';

/** What a part does in the guest, by its name. */
const parts: Record<string, (plan: GuestPlan) => Promise<void>> = {
  access: measureAccess,
  [oneCpuPart]: measureAccessOnOneCpu,
  doorbell: measureDoorbells,
  nvme: measureNvme,
};

const plan = JSON.parse(readFileSync(`${share}/${planName}`, 'utf8')) as GuestPlan;
const [, , ...named] = process.argv;
for (const name of named.length > 0 ? named : plan.parts) {
  tell({ type: 'progress', text: name });
  await parts[name]?.(plan);
}
process.exit();
