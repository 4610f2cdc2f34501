import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPrivateApt } from '../../src/kernels/apt.ts';

/** Puts Debian's dkms into `directory`, as dkms.deb. */
export async function fetchDkms(directory: string): Promise<void> {
  const staging = await mkdtemp(join(tmpdir(), 'dkms-'));
  try {
    const apt = await openPrivateApt(join(staging, 'apt'), 'bookworm');
    await apt.download(['dkms'], staging);
    const deb = (await readdir(staging)).find((file) => file.endsWith('.deb')) ?? '';
    await copyFile(join(staging, deb), join(directory, 'dkms.deb'));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
