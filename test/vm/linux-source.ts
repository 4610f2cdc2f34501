import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openPrivateApt } from '../../src/kernels/apt.ts';
import type { Suite } from '../../src/kernels/index.ts';
import { cacheDir } from '../../src/paths.ts';

/** Which suite has the sources of which kernel. */
const suites: Readonly<Record<string, Suite>> = { '6.1': 'bookworm', '6.12': 'bookworm-backports' };

/** What of the sources is needed; the rest of the 1.4 GB is not unpacked. */
const wanted = ['drivers/misc/pci_endpoint_test.c', 'tools/pci/pcitest.c', 'include/uapi/linux/pcitest.h'];

/** Some files of the Linux sources that Debian's kernel of this release was built from, in the cache. */
export async function linuxSource(release: string): Promise<string> {
  const version = /^\d+\.\d+/.exec(release)?.[0] ?? '';
  const suite = suites[version];
  if (suite === undefined) throw new Error(`no suite is known to have the sources of Linux ${release}`);
  const directory = cacheDir('test', `linux-source-${version}`);
  if (!existsSync(directory)) await fetchSource(suite, version, directory);
  return directory;
}

async function fetchSource(suite: Suite, version: string, directory: string): Promise<void> {
  await mkdir(cacheDir('test'), { recursive: true });
  const staging = await mkdtemp(cacheDir('test', '.source-'));
  const name = `linux-source-${version}`;
  try {
    const apt = await openPrivateApt(join(staging, 'apt'), suite);
    await apt.download([name], staging);
    const deb = (await readdir(staging)).find((file) => file.endsWith('.deb')) ?? '';
    await execa('dpkg', ['-x', join(staging, deb), join(staging, 'package')]);
    const archive = join(staging, 'package/usr/src', `${name}.tar.xz`);
    await execa('tar', ['xJf', archive, '-C', staging, ...wanted.map((file) => `${name}/${file}`)]);
    await rename(join(staging, name), directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
