import { match, strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { share } from './cli.ts';

/** Runs tests of test/kmod/device, all that need no other driver if none is named. */
function features(...names: string[]): void {
  execFileSync('insmod', [join(share, 'pciem_features.ko')]);
  const { status, stdout, stderr } = spawnSync(join(share, 'features'), names, { encoding: 'utf8', timeout: 600_000 });
  execFileSync('rmmod', ['pciem_features']);
  console.log(stdout);
  strictEqual(status, 0, stdout + stderr);
}

/** The module against a device side in C and kmod/tests/features: test/kmod/device says what each test does. */
export async function featuresWork(): Promise<void> {
  features();
}

const sigbusLine = /cannot emulate the access of features\[\d+\] at .*; SIGBUS/;

/** A driver in user space, by UIO: BARs, INTx, and an instruction that cannot be emulated. */
export async function worksForUio(): Promise<void> {
  execFileSync('modprobe', ['uio_pci_generic']);
  features('uio');
  match(execFileSync('dmesg', { encoding: 'utf8' }), sigbusLine);
}

/** The same by vfio-pci without an IOMMU, which Debian's kernels do not have. */
export async function worksForVfio(): Promise<void> {
  execFileSync('modprobe', ['vfio', 'enable_unsafe_noiommu_mode=1']);
  execFileSync('modprobe', ['vfio-pci']);
  writeFileSync('/sys/module/vfio/parameters/enable_unsafe_noiommu_mode', '1');
  features('vfio');
  match(execFileSync('dmesg', { encoding: 'utf8' }), sigbusLine);
}
