import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../errors.ts';
import { cacheDir } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { openPrivateApt, type PrivateApt, parseDepends } from './apt.ts';
import { type Kernel, kernelFromDirectory } from './kernel.ts';

/** Suites whose kernel we can fetch; that of sid comes without headers. */
export type Suite = 'bookworm' | 'bookworm-backports' | 'sid';

/**
 * Downloads the current Debian kernel of a suite, with its headers (but see `Suite`), into the cache. Nothing is installed on the machine.
 * A kernel of the suite that is in the cache already is used as it is, so that work off-line goes on.
 */
export async function fetchDebianKernel(suite: Suite, progress: Progress): Promise<Kernel> {
  const link = cacheDir('suites', suite);
  const known = await kernelOfLink(link);
  if (known !== undefined) return known;

  await mkdir(cacheDir('kernels'), { recursive: true });
  const staging = await mkdtemp(cacheDir('kernels', '.download-'));
  try {
    const kernel = await downloadInto(staging, suite, progress);
    await mkdir(cacheDir('suites'), { recursive: true });
    await writeFile(link, kernel.release);
    return kernel;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function kernelOfLink(link: string): Promise<Kernel | undefined> {
  if (!existsSync(link)) return undefined;
  return kernelFromDirectory(cacheDir('kernels', await readFile(link, 'utf8')), 'cached');
}

async function downloadInto(staging: string, suite: Suite, progress: Progress): Promise<Kernel> {
  progress(`asking the mirror for the kernel of ${suite}`);
  const apt = await openPrivateApt(join(staging, 'apt'), suite);
  const image = (await dependsOn(apt, 'linux-image-amd64')).find((name) => name.startsWith('linux-image-'));
  if (image === undefined) throw new Failure(`${suite} has no linux-image-amd64`);
  const release = image.slice('linux-image-'.length);
  const target = cacheDir('kernels', release);

  // The build tools of unstable's headers want a newer C library than most machines have.
  const headers = suite === 'sid' ? [] : [`linux-headers-${release}`];
  const packages = await closure(apt, [image, ...headers]);
  progress(`downloading ${packages.join(', ')}`);
  const debs = join(staging, 'debs');
  await mkdir(debs);
  await apt.download(packages, debs);
  progress(`unpacking ${release}`);
  const tree = join(staging, 'tree');
  for (const deb of await readdir(debs)) await execa('dpkg', ['-x', join(debs, deb), tree]);
  await arrange(tree, release, target);

  if (!existsSync(target)) await rename(tree, target);
  const kernel = kernelFromDirectory(target, 'cached');
  if (kernel === undefined)
    throw new Failure(`The download of ${release} is incomplete; remove ${target} and try again`);
  return kernel;
}

async function dependsOn(apt: PrivateApt, name: string): Promise<string[]> {
  return parseDepends((await apt.show(name)).get('Depends') ?? '');
}

const kernelPackage = /^linux-(image|binary|base|modules|headers|kbuild)-/;

/** The kernel packages among everything that `roots` depend on; compilers and boot tools are the machine's own. */
async function closure(apt: PrivateApt, roots: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    waiting.push(...(await dependsOn(apt, name)).filter((other) => kernelPackage.test(other)));
  }
  return [...found].sort();
}

/** Brings an unpacked tree into the form that `kernelFromDirectory` expects; `target` is where it will live. */
async function arrange(tree: string, release: string, target: string): Promise<void> {
  const modules = await moduleRoot(tree);
  await execa('depmod', ['-b', join(modules, '../..'), release], {
    env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  // Newer packages have the image beside the modules.
  const boot = join(tree, 'boot', `vmlinuz-${release}`);
  await rename(existsSync(boot) ? boot : join(modules, release, 'vmlinuz'), join(tree, 'vmlinuz'));
  await rename(modules, join(tree, 'modules'));
  const headers = join('usr/src', `linux-headers-${release}`);
  if (!existsSync(join(tree, headers))) return;
  await symlink(headers, join(tree, 'build'));
  // The headers name the tree of the common files by its absolute path.
  const makefile = join(tree, headers, 'Makefile');
  const text = await readFile(makefile, 'utf8');
  await writeFile(makefile, text.replaceAll('/usr/src/', `${join(target, 'usr/src')}/`));
}

async function moduleRoot(tree: string): Promise<string> {
  const merged = join(tree, 'usr/lib/modules');
  return existsSync(merged) ? merged : join(tree, 'lib/modules');
}
