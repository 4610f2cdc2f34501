import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';
import { cacheDir, packageRoot } from '../paths.ts';
import type { Progress } from '../progress.ts';

/** Options of `buildModule`. */
export interface BuildOptions {
  /** The module's sources. */
  source?: string;
  /** Further arguments of make, such as `C=2`. */
  make?: readonly string[];
}

/** A built module. */
export interface BuiltModule {
  /** Path of pciem.ko. */
  file: string;
  /** What make wrote to stderr: warnings. Empty if the module came from the cache. */
  warnings: string;
}

/**
 * Builds the kernel module for a kernel, in a cache directory named after the kernel and the sources: the checkout
 * stays clean, and the second run of the same sources builds nothing.
 */
export async function buildModule(kernel: Kernel, progress: Progress, options: BuildOptions = {}): Promise<BuiltModule> {
  const { source = join(packageRoot, 'kmod'), make = [] } = options;
  const build = kernel.build ?? missingHeaders(kernel);
  const files = await listSources(source);
  const target = cacheDir('modules', `${kernel.release}-${await hashOf(source, files, build, make)}`);
  const file = join(target, 'pciem.ko');
  if (existsSync(file)) return { file, warnings: '' };

  progress(`building pciem.ko for ${kernel.release}`);
  await mkdir(cacheDir('modules'), { recursive: true });
  const staging = await mkdtemp(cacheDir('modules', '.build-'));
  try {
    for (const path of files) await cp(join(source, path), join(staging, path));
    const warnings = await runMake(build, staging, make);
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    return { file, warnings };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function runMake(build: string, copy: string, make: readonly string[]): Promise<string> {
  const jobs = `-j${availableParallelism()}`;
  const { exitCode, stdout, stderr } = await execa('make', [jobs, '-C', build, `M=${copy}`, 'W=1', ...make, 'modules'], {
    reject: false,
  });
  if (exitCode !== 0) {
    const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-40).join('\n');
    throw new Failure(`The kernel module does not build with the headers in ${build}:\n${lines}`);
  }
  return ignoreNoise(stderr);
}

/** Leaves out what make says about the machine and not about the code. */
function ignoreNoise(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(warning: the compiler differs|\s+(The kernel was built by|You are using):|Skipping BTF|make)/.test(line))
    .join('\n');
}

function missingHeaders(kernel: Kernel): never {
  throw new Failure(`The headers of kernel ${kernel.release} are not installed, so the module cannot be built for it`, [
    `Debian, Ubuntu: apt-get install linux-headers-${kernel.release}`,
    'Fedora: dnf install kernel-devel',
    'Or use another kernel: pciem run … --vm --kernel RELEASE',
  ]);
}

/** The files that the build needs, relative to `source`; without tests and without what an earlier build left. */
async function listSources(source: string): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isSource(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('tests/'))
    .sort();
}

function isSource(name: string): boolean {
  return /^(Kbuild|Makefile)$|\.(c|h|S)$/.test(name) && !name.endsWith('.mod.c');
}

async function hashOf(source: string, files: readonly string[], build: string, make: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of files) hash.update(`${path}\0`).update(await readFile(join(source, path)));
  // Two kernels of one release can differ in their configuration.
  const symbols = join(build, 'Module.symvers');
  if (existsSync(symbols)) hash.update(await readFile(symbols));
  hash.update(make.join('\0'));
  return hash.digest('hex').slice(0, 16);
}

