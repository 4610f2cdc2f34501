import { existsSync, readdirSync, statSync } from 'node:fs';
import { release as runningRelease } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Failure, UsageFailure } from '../errors.ts';
import { cacheDir } from '../paths.ts';
import {
  installedReleases,
  type Kernel,
  kernelFromDirectory,
  kernelFromSystem,
  releaseOfImage,
  withBuild,
} from './kernel.ts';

/** Every kernel on this machine: the running one first, then the installed ones, then those downloaded before. */
export function findKernels(): Kernel[] {
  const running = kernelFromSystem(runningRelease(), 'running');
  const installed = installedReleases()
    .filter((release) => release !== runningRelease())
    .map((release) => kernelFromSystem(release, 'installed'));
  return [running, ...installed, ...cachedKernels()].filter((kernel) => kernel !== undefined);
}

/** Kernels that `fetchDebianKernel` has downloaded. */
export function cachedKernels(): Kernel[] {
  const directory = cacheDir('kernels');
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .sort()
    .map((name) => kernelFromDirectory(join(directory, name), 'cached'))
    .filter((kernel) => kernel !== undefined);
}

/** What the user gave with `--kernel`: an image, a directory (see `kernelFromDirectory`) or a release. */
export function kernelFromOption(option: string): Kernel {
  const named = findKernels().find((kernel) => kernel.release === option);
  if (named !== undefined) return named;
  const path = resolve(option);
  if (!existsSync(path)) {
    const known = findKernels().map((kernel) => kernel.release);
    throw new UsageFailure(`--kernel ${option}: no such file, and no kernel of that release on this machine`, [
      known.length === 0 ? 'No kernel was found here at all.' : `Kernels found: ${known.join(', ')}`,
    ]);
  }
  return statSync(path).isDirectory() ? fromGivenDirectory(path) : fromGivenImage(path);
}

function fromGivenDirectory(path: string): Kernel {
  const kernel = kernelFromDirectory(path, 'given');
  if (kernel === undefined) {
    throw new UsageFailure(`--kernel ${path}: a kernel directory holds vmlinuz, modules/<release>/ and build/`);
  }
  return kernel;
}

function fromGivenImage(image: string): Kernel {
  const release = releaseOfImage(image);
  const beside = join(dirname(image), 'modules', release);
  const modules = [beside, `/lib/modules/${release}`].find((path) => existsSync(join(path, 'modules.dep')));
  if (modules === undefined) {
    throw new Failure(
      `--kernel ${image}: it is ${release}, but its modules are neither in ${beside} nor in /lib/modules`,
    );
  }
  const build = modules === beside ? join(dirname(image), 'build') : join(modules, 'build');
  return withBuild({ release, image, modules, source: 'given' }, build);
}
