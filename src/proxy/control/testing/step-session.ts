// A proxy in mode step on the simulated host, with the person's terminal: for a test that is the person.
import { setTimeout as sleep } from 'node:timers/promises';
import { plug } from '@pciem/sdk/testing';
import { loadProxy } from '../../load-proxy.ts';
import { StepPrompt } from '../step-prompt.ts';

const control = process.argv[2] ?? '';
const register = { name: 'STATUS', offset: 4, width: 32, reset: 5, access: 'rw', fields: [] } as const;
const device = await loadProxy({
  behind: {
    shape: {
      name: 'sample',
      identity: { vendor: 1, device: 2, class: 0xff0000 },
      bars: [{ index: 0, size: 4096, bits: 32, prefetchable: false, registers: [register] }],
    },
  },
  dumps: [],
  rules: [],
  mode: 'step',
  breaks: [],
  auto: false,
  explain: false,
  control,
});
const host = await plug(device);
await sleep(50);
let wants = true;
const prompt = new StepPrompt(process.stdin, () => {
  wants = false;
  prompt.release();
});
await prompt.connect(control);
while (wants) {
  const value = await host.readLater(0, 4, 4, 600_000);
  process.stdout.write(`the driver has read ${value}\n`);
}
host.close();
prompt.close();
process.stdout.write('unplugged\n');
process.exit();
