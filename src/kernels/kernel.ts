import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../errors.ts';

/** Where a kernel was found. */
export type KernelSource = 'running' | 'installed' | 'cached' | 'given';

/** A kernel that can be booted, and perhaps built for. */
export interface Kernel {
  /** What `uname -r` says under it. */
  release: string;
  /** The bzImage. */
  image: string;
  /** Its modules: the directory that holds modules.dep. */
  modules: string;
  /** What `make -C` needs to build a module; absent if the headers are not there. */
  build?: string;
  source: KernelSource;
}

/**
 * A directory with `vmlinuz`, `modules/<release>/` and `build/`: the form in which we keep downloaded kernels, and
 * in which a self-built one can be given.
 */
export function kernelFromDirectory(directory: string, source: KernelSource): Kernel | undefined {
  const image = join(directory, 'vmlinuz');
  const modulesRoot = join(directory, 'modules');
  if (!existsSync(image) || !existsSync(modulesRoot)) return undefined;
  const release = releaseOfImage(image);
  const modules = join(modulesRoot, release);
  if (!existsSync(join(modules, 'modules.dep'))) return undefined;
  return withBuild({ release, image, modules, source }, join(directory, 'build'));
}

/** A kernel of the machine itself: /boot/vmlinuz-<release> with /lib/modules/<release>. */
export function kernelFromSystem(release: string, source: KernelSource): Kernel | undefined {
  const image = `/boot/vmlinuz-${release}`;
  const modules = `/lib/modules/${release}`;
  if (!isReadable(image) || !existsSync(join(modules, 'modules.dep'))) return undefined;
  return withBuild({ release, image, modules, source }, join(modules, 'build'));
}

export function withBuild(kernel: Kernel, build: string): Kernel {
  return existsSync(join(build, 'Makefile')) ? { ...kernel, build } : kernel;
}

/** The releases that have a directory in /lib/modules. */
export function installedReleases(): string[] {
  return existsSync('/lib/modules') ? readdirSync('/lib/modules').sort() : [];
}

const setupHeader = 0x1f1;
const magicOffset = 0x202;
const versionOffset = 0x20e;

/** The release in the header of a bzImage (Documentation/arch/x86/boot.rst: kernel_version, relative to 0x200). */
export function releaseOfImage(image: string): string {
  const bytes = readFileSync(image);
  if (bytes.length < versionOffset + 2 || bytes.toString('latin1', magicOffset, magicOffset + 4) !== 'HdrS') {
    throw new Failure(`${image} is not an x86 kernel image (bzImage): no boot header at byte ${setupHeader}`);
  }
  const start = 0x200 + bytes.readUInt16LE(versionOffset);
  const text = bytes.toString('latin1', start, bytes.indexOf(0, start));
  return text.split(' ', 1)[0] ?? text;
}

function isReadable(path: string): boolean {
  // On some distributions only root may read the images in /boot.
  try {
    readFileSync(path, { flag: 'r' }).subarray(0, 1);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
