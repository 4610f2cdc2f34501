import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { openPrivateApt } from '../../src/kernels/apt.ts';
import { cacheDir } from '../../src/paths.ts';

const files = ['checkpatch.pl', 'spelling.txt', 'const_structs.checkpatch'];

/** Path of the kernel's checkpatch.pl, which Debian has only inside its package of the kernel's source. */
export async function fetchCheckpatch(): Promise<string> {
  const directory = cacheDir('checkpatch');
  const script = join(directory, 'checkpatch.pl');
  if (existsSync(script)) return script;
  await mkdir(cacheDir(), { recursive: true });
  const staging = await mkdtemp(cacheDir('.checkpatch-'));
  try {
    const archive = await findSourceArchive(staging);
    const scripts = join(staging, 'scripts');
    await mkdir(scripts);
    const members = files.map((name) => `linux-source-6.1/scripts/${name}`);
    await execa('tar', ['xJf', archive, '-C', scripts, '--strip-components=2', ...members]);
    await rename(scripts, directory);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return script;
}

async function findSourceArchive(staging: string): Promise<string> {
  const installed = '/usr/src/linux-source-6.1.tar.xz';
  if (existsSync(installed)) return installed;
  const apt = await openPrivateApt(join(staging, 'apt'), 'bookworm');
  await apt.download(['linux-source-6.1'], staging);
  const deb = (await readdir(staging)).find((name) => name.endsWith('.deb')) ?? '';
  await execa('dpkg', ['-x', join(staging, deb), staging]);
  return join(staging, installed);
}
