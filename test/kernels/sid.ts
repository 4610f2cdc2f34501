import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../src/errors.ts';
import { findMirror } from '../../src/kernels/apt.ts';
import { compileModule } from '../../src/kmod/build.ts';
import { cacheDir } from '../../src/paths.ts';

/** Debian unstable in a directory: the newest kernel's build tools want a newer C library than that of the machine. */
export const sidDirectory = process.env.PCIEM_TEST_SID ?? cacheDir('test', 'sid');

const packages = 'make,gcc,linux-headers-amd64';

/** Makes the directory if there is none; needs root and mmdebstrap. */
export async function prepareSid(progress: (line: string) => void): Promise<void> {
  if (existsSync(join(sidDirectory, 'usr/bin/make'))) return;
  await mkdir(cacheDir('test'), { recursive: true });
  const staging = await mkdtemp(cacheDir('test', '.sid-'));
  try {
    const mirror = await findMirror(staging);
    const target = join(staging, 'root');
    progress(`installing ${packages} of sid in ${sidDirectory}`);
    await execa('mmdebstrap', ['--variant=minbase', `--include=${packages}`, 'sid', target, mirror]);
    await rename(target, sidDirectory);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    throw new Failure('There is no mmdebstrap', ['apt-get install mmdebstrap']);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Builds a module in there, with all warnings. Returns the path of the .ko file. */
export async function buildInSid(release: string, source: string, name: string, to: string): Promise<string> {
  const headers = `/usr/src/linux-headers-${release}`;
  if (!existsSync(join(sidDirectory, headers))) {
    throw new Failure(`${sidDirectory} has no headers of ${release}`, [`Remove it: it is made anew`]);
  }
  const inside = join('/tmp', `pciem-${process.pid}-${name}`);
  const outside = join(sidDirectory, inside);
  try {
    await mkdir(outside, { recursive: true });
    // Not with BTF: that needs the kernel's vmlinux.
    const complaints = await compileModule(headers, outside, ['W=1', 'CONFIG_DEBUG_INFO_BTF_MODULES='], source, {
      command: ['chroot', sidDirectory, 'make'],
      directory: inside,
    });
    if (complaints !== '') throw new Failure(`${name} for ${release}: not silent\n${complaints}`);
    const file = join(to, `${name}.ko`);
    await execa('cp', [join(outside, `${name}.ko`), file]);
    return file;
  } finally {
    await rm(outside, { recursive: true, force: true });
  }
}
