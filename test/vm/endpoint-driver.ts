import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Kernel } from '../../src/kernels/index.ts';
import { buildModule } from '../../src/kmod/build.ts';
import { linuxSource } from './linux-source.ts';

/** Builds the kernel's pci_endpoint_test driver, which Debian leaves out, and its tool pcitest into `directory`. */
export async function buildEndpointTest(kernel: Kernel, directory: string): Promise<void> {
  const source = await linuxSource(kernel.release);
  const staging = await mkdtemp(join(tmpdir(), 'pcitest-'));
  try {
    await copyFile(join(source, 'drivers/misc/pci_endpoint_test.c'), join(staging, 'pci_endpoint_test.c'));
    await writeFile(join(staging, 'Kbuild'), 'obj-m := pci_endpoint_test.o\n');
    const module = await buildModule(kernel, () => {}, staging, 'pci_endpoint_test');
    await copyFile(module, join(directory, 'pci_endpoint_test.ko'));
    // Only this one header of the kernel: the rest is the C library's own copy.
    await mkdir(join(staging, 'include/linux'), { recursive: true });
    await copyFile(join(source, 'include/uapi/linux/pcitest.h'), join(staging, 'include/linux/pcitest.h'));
    const tool = join(directory, 'pcitest');
    await execa('cc', ['-O2', `-I${join(staging, 'include')}`, '-o', tool, join(source, 'tools/pci/pcitest.c')]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
