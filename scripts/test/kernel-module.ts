import { existsSync, globSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { messageOf } from '../../src/errors.ts';
import { findKernels, type Kernel } from '../../src/kernels/index.ts';
import { compileModule } from '../../src/kmod/build.ts';
import { packageRoot } from '../../src/paths.ts';
import { testKernels } from '../../test/vm/kernels.ts';
import { fetchCheckpatch } from './checkpatch.ts';
import { add, type Tally, tally } from './stage.ts';

/** Builds the module for every kernel at hand, with all warnings and sparse: nothing may be printed. */
export async function buildForEveryKernel(): Promise<Tally> {
  const kernels = new Map<string, Kernel>();
  for (const kernel of [...(await testKernels()), ...findKernels()]) kernels.set(kernel.release, kernel);
  const tallies: Tally[] = [];
  for (const { release, build } of kernels.values()) {
    if (build === undefined) console.log(`  ${release}: no headers`);
    else tallies.push(await buildSilently(release, build));
  }
  return tallies.length === 0 ? tally(false) : add(tallies);
}

async function buildSilently(release: string, build: string): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-kmod-'));
  const complaints = await compileModule(build, directory, ['W=1', 'C=2']).catch(messageOf);
  await rm(directory, { recursive: true, force: true });
  console.log(`  ${release}: ${complaints === '' ? 'silent' : `\n${complaints}`}`);
  return tally(complaints === '');
}

/** checkpatch.pl --strict on every file of kernel code, and kernel-doc on those of the module. */
export async function checkStyle(): Promise<Tally> {
  return add([await runCheckpatch(), await runKernelDoc()]);
}

/** The comments of the module are complete: kernel-doc, from the kernel's headers, finds nothing to say. */
async function runKernelDoc(): Promise<Tally> {
  const kernel = (await testKernels()).find(({ build }) => build && existsSync(join(build, 'scripts/kernel-doc')));
  if (!kernel?.build) return tally(false);
  const root = join(packageRoot, 'kmod');
  const files = [...globSync('*.[ch]', { cwd: root }), ...globSync('include/uapi/linux/*.h', { cwd: root })];
  const script = join(kernel.build, 'scripts/kernel-doc');
  const { failed, all } = await execa('perl', [script, '-none', '-v', '-Werror', ...files], {
    cwd: root,
    reject: false,
    all: true,
  });
  const complaints = all.split('\n').filter((line) => !/^(\S+: info: Scanning doc .*)?$/.test(line));
  console.log(failed ? complaints.join('\n') : `  ${files.length} files: kernel-doc is silent`);
  return tally(!failed && complaints.length === 0);
}

async function runCheckpatch(): Promise<Tally> {
  const checkpatch = await fetchCheckpatch();
  const root = join(packageRoot, 'kmod');
  const driver = join(packageRoot, 'bench/driver');
  const files = [root, driver].flatMap((directory) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.[chS]$/.test(path) && !path.endsWith('.mod.c'))
      .sort()
      .map((path) => relative(root, join(directory, path))),
  );
  const { failed, all } = await execa(
    'perl',
    [checkpatch, '--no-tree', '--strict', '--terse', '--no-summary', '-f', ...files],
    // It knows include/uapi/ by a relative path only.
    { cwd: root, reject: false, all: true },
  );
  console.log(all === '' ? `  ${files.length} files: silent` : all);
  return tally(!failed && all === '');
}
