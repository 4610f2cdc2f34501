// Builds and boots every kernel that is supported: the suite of test/vm on those of the tests, then the newest one of
// Debian unstable, whose modules are built in a chroot. Needs root. `test/kernels/all newest` runs only the last part.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { messageOf } from '../../src/errors.ts';
import { fetchDebianKernel } from '../../src/kernels/index.ts';
import { packageRoot } from '../../src/paths.ts';
import { runInVm } from '../../src/vm/index.ts';
import { buildFeatureProgram } from '../vm/feature-driver.ts';
import { buildPrograms } from '../vm/programs.ts';
import { buildInSid, prepareSid } from './sid.ts';

const say = (line: string) => console.log(`==> ${line}`);

/** The whole suite of the CLI and its devices, on Debian's kernels and the debug kernel. */
async function runSuite(): Promise<void> {
  say('the suite of test/vm');
  await execa('npx', ['vitest', 'run', '--project', 'vm'], { cwd: packageRoot, stdio: 'inherit' });
}

/** The programs in C, on the newest kernel. */
async function runNewest(): Promise<void> {
  const kernel = await fetchDebianKernel('sid', say);
  await prepareSid(say);
  const share = await mkdtemp(join(tmpdir(), 'pciem-kernels-'));
  try {
    say(`building for ${kernel.release}`);
    const module = await buildInSid(kernel.release, join(packageRoot, 'kmod'), 'pciem', share);
    await buildInSid(kernel.release, join(packageRoot, 'kmod/tests/driver'), 'pciem_test', share);
    await buildInSid(kernel.release, join(packageRoot, 'kmod/tests/features'), 'pciem_features', share);
    await buildFeatureProgram(share);
    await buildPrograms(share);
    say(`booting ${kernel.release}`);
    const { status, splats } = await runInVm({
      kernel,
      module,
      command: [join(import.meta.dirname, 'guest.sh')],
      cwd: packageRoot,
      memory: 2048,
      cpus: 2,
      share,
      timeout: 1200,
      onOutput: (_, chunk) => process.stdout.write(chunk),
      progress: say,
    });
    for (const { excerpt } of splats) console.log(excerpt);
    if (status !== 0 || splats.length > 0)
      throw new Error(`${kernel.release}: status ${status}, ${splats.length} splats`);
    say(`${kernel.release}: passed`);
  } finally {
    await rm(share, { recursive: true, force: true });
  }
}

try {
  if (process.argv[2] !== 'newest') await runSuite();
  await runNewest();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
