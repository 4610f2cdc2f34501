// Boots the machine in which `pciem run --vm` would run a device, without any device in it, and runs `true`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultKernel } from '../src/run/in-vm.ts';
import { runInVm } from '../src/vm/index.ts';

const share = await mkdtemp(join(tmpdir(), 'pciem-bench-'));
try {
  const kernel = await defaultKernel();
  await runInVm({
    kernel,
    command: ['true'],
    cwd: '/',
    memory: 2048,
    cpus: 2,
    share,
    onOutput: () => {},
    progress: () => {},
  });
} finally {
  await rm(share, { recursive: true });
}
