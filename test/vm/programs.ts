import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/paths.ts';

const sources = join(import.meta.dirname, 'programs');
/** What every program is made of. */
const common = ['device.c', 'driver.c'];

/** Builds the test programs in C, `torture` and `fuzz`, into `directory`. */
export async function buildPrograms(directory: string): Promise<void> {
  const others = (await readdir(sources)).filter((name) => name.endsWith('.c') && !common.includes(name));
  const isFuzz = (name: string) => name.startsWith('fuzz');
  await compile(
    others.filter((name) => !isFuzz(name)),
    join(directory, 'torture'),
  );
  await compile(others.filter(isFuzz), join(directory, 'fuzz'));
}

async function compile(files: readonly string[], output: string): Promise<void> {
  const options = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', '-pthread'];
  const include = `-I${join(packageRoot, 'kmod/include/uapi')}`;
  await execa('cc', [...options, include, '-o', output, ...files, ...common], { cwd: sources });
}
