import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { fetchDebianKernel, type Kernel, kernelFromDirectory } from '../../src/kernels/index.ts';
import { cacheDir, packageRoot } from '../../src/paths.ts';

/** A kernel with KASAN, lockdep and the like; part of the development machines, not of the repository. */
const debugArchive = join(packageRoot, '../shared/debug-kernel.tar.xz');

/**
 * The kernels that the tests run on: Debian 12's, that of its backports, and the debug kernel if it is there.
 * PCIEM_TEST_KERNELS, a regular expression, chooses some by their releases.
 */
export async function testKernels(): Promise<Kernel[]> {
  const kernels = [await fetchDebianKernel('bookworm', report), await fetchDebianKernel('bookworm-backports', report)];
  const debug = await debugKernel();
  const wanted = new RegExp(process.env.PCIEM_TEST_KERNELS ?? '');
  return (debug === undefined ? kernels : [...kernels, debug]).filter(({ release }) => wanted.test(release));
}

/** The debug kernel, unpacked in the cache. */
export async function debugKernel(): Promise<Kernel | undefined> {
  if (!existsSync(debugArchive)) return undefined;
  const { mtimeMs } = await stat(debugArchive);
  const directory = cacheDir('test', `debug-kernel-${Math.floor(mtimeMs)}`);
  if (!existsSync(directory)) await unpack(directory);
  return kernelFromDirectory(join(directory, 'debug-kernel'), 'given');
}

async function unpack(directory: string): Promise<void> {
  await mkdir(cacheDir('test'), { recursive: true });
  const staging = await mkdtemp(cacheDir('test', '.unpack-'));
  await execa('tar', ['xJf', debugArchive, '-C', staging]);
  await rm(directory, { recursive: true, force: true });
  await rename(staging, directory);
}

function report(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
