import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';
import { packageRoot } from '../paths.ts';
import { type CpioEntry, createCpio, directoryMode, executableMode } from './cpio.ts';
import { readModule, resolveModules } from './modules.ts';

/** What the guest needs before it can read the host's files. */
const neededModules = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay'];

/** The first file system of the guest: busybox, the modules, and init.sh, which does the rest. */
export async function buildInitramfs(kernel: Kernel): Promise<Buffer> {
  const modules = await resolveModules(kernel, neededModules);
  const files = await Promise.all(
    modules.map(async ({ name, path }) => ({
      path: `modules/${name}.ko`,
      mode: 0o100644,
      data: await readModule(path),
    })),
  );
  const order = modules.map(({ name }) => `${name}.ko\n`).join('');
  const directories = ['bin', 'dev', 'proc', 'sys', 'modules'].map((path) => ({ path, mode: directoryMode }));
  const entries: CpioEntry[] = [
    ...directories,
    { path: 'bin/busybox', mode: executableMode, data: await readBusybox() },
    { path: 'init', mode: executableMode, data: await readFile(join(packageRoot, 'src/vm/init.sh')) },
    { path: 'modules/order', mode: 0o100644, data: Buffer.from(order) },
    ...files,
  ];
  return createCpio(entries);
}

async function readBusybox(): Promise<Buffer> {
  const bytes = await readFile('/bin/busybox').catch(() => undefined);
  if (bytes === undefined) {
    throw new Failure('The virtual machine needs a statically linked busybox in /bin/busybox', [
      'Debian, Ubuntu: apt-get install busybox-static',
    ]);
  }
  return bytes;
}
