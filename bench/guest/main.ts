// Runs in the guest: the parts that are named on the command line, else those of the plan, one after the other.
import { readFileSync } from 'node:fs';
import { type GuestPlan, guardPart, planName } from '../protocol.ts';
import { measureAccess, measureAccessOnOneCpu, measureDoorbells, oneCpuPart } from './access.ts';
import { measureCapture } from './capture.ts';
import { tell } from './channel.ts';
import { measureDma } from './dma.ts';
import { measureIdle } from './idle.ts';
import { countGuarded, countInstructions } from './instructions.ts';
import { measureNvme } from './nvme.ts';
import { measureReload } from './reload.ts';

const share = '/run/pciem';

/** What a part does in the guest, by its name. */
const parts: Record<string, (plan: GuestPlan) => Promise<void>> = {
  access: measureAccess,
  [oneCpuPart]: measureAccessOnOneCpu,
  doorbell: measureDoorbells,
  dma: measureDma,
  nvme: measureNvme,
  idle: measureIdle,
  capture: measureCapture,
  reload: measureReload,
  instructions: countInstructions,
  [guardPart]: countGuarded,
};

const plan = JSON.parse(readFileSync(`${share}/${planName}`, 'utf8')) as GuestPlan;
const [, , ...named] = process.argv;
for (const name of named.length > 0 ? named : plan.parts) {
  tell({ type: 'progress', text: name });
  await parts[name]?.(plan);
}
process.exit();
