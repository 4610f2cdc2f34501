import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';
import { cacheDir, packageRoot } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { missingHeaders } from './headers.ts';
import { thisMachine } from './machine.ts';
import { listSources } from './sources.ts';

const defaultSource = join(packageRoot, 'kmod');

/**
 * Builds the kernel module for a kernel, in a cache directory named after the kernel and the sources: the checkout
 * stays clean, and the second run of the same sources builds nothing. Returns the path of the .ko file.
 */
export async function buildModule(
  kernel: Pick<Kernel, 'release' | 'build'>,
  progress: Progress,
  source = defaultSource,
  name = 'pciem',
  force = false,
): Promise<string> {
  const build = kernel.build;
  if (build === undefined) throw missingHeaders(thisMachine(), kernel.release);
  const target = cacheDir('modules', `${kernel.release}-${await hashOf(source, build)}`);
  const file = join(target, `${name}.ko`);
  if (existsSync(file) && !force) return file;

  progress(`building ${name}.ko for ${kernel.release}`);
  await mkdir(cacheDir('modules'), { recursive: true });
  const staging = await mkdtemp(cacheDir('modules', '.build-'));
  try {
    await compileModule(build, staging, [], source);
    await rm(target, { recursive: true, force: true });
    await rename(staging, target);
    return file;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** How make is called, for headers that need other tools than this machine's. */
export interface MakeSettings {
  /** The program and its first arguments. */
  command: readonly [string, ...string[]];
  /** What it calls the directory. */
  directory: string;
}

/** Compiles a copy of the sources in `directory`. Returns what the compiler and other checkers complained about. */
export async function compileModule(
  build: string,
  directory: string,
  makeArguments: readonly string[] = [],
  source = defaultSource,
  make: MakeSettings = { command: ['make'], directory },
): Promise<string> {
  const [program, ...first] = make.command;
  for (const path of await listSources(source)) await cp(join(source, path), join(directory, path));
  const { failed, all } = await execa(
    program,
    [...first, `-j${availableParallelism()}`, '-s', '-C', build, `M=${make.directory}`, ...makeArguments, 'modules'],
    { reject: false, all: true },
  );
  if (failed) {
    const lines = all.trim().split('\n').slice(-40).join('\n');
    throw new Failure(`The kernel module does not build with the headers in ${build}:\n${lines}`);
  }
  return withoutNoise(all);
}

/** What make says about the machine and not about the code. */
const noise =
  /^(warning: the compiler differs|warning: pahole version differs|\s+The kernel was built (by|with)|\s+You are using|Skipping BTF)/;

function withoutNoise(output: string): string {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '' && !noise.test(line))
    .join('\n');
}

async function hashOf(source: string, build: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of await listSources(source)) hash.update(`${path}\0`).update(await readFile(join(source, path)));
  // Two kernels of one release can differ in their configuration.
  const symbols = join(build, 'Module.symvers');
  if (existsSync(symbols)) hash.update(await readFile(symbols));
  return hash.digest('hex').slice(0, 16);
}
