import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Kernel } from '../../src/kernels/index.ts';
import { buildModule } from '../../src/kmod/build.ts';
import { packageRoot } from '../../src/paths.ts';

/** Builds the module's own tests into `directory`: kmod/tests/features and the device side of it, test/kmod/device. */
export async function buildFeatures(kernel: Kernel, directory: string): Promise<void> {
  const driver = await buildModule(kernel, () => {}, join(packageRoot, 'kmod/tests/features'), 'pciem_features');
  await copyFile(driver, join(directory, 'pciem_features.ko'));
  await buildFeatureProgram(directory);
}

/** The device side alone, `features`. */
export async function buildFeatureProgram(directory: string): Promise<void> {
  const source = join(packageRoot, 'test/kmod/device');
  const files = (await readdir(source)).filter((name) => name.endsWith('.c'));
  const flags = ['-O1', '-Wall', '-Wextra', '-Wno-unused-parameter', '-Werror', '-pthread'];
  await execa('cc', [...flags, '-o', join(directory, 'features'), ...files], { cwd: source });
}
