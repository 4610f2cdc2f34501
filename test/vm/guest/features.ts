import { strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { share } from './cli.ts';

/** The module against a device side in C and kmod/tests/features: test/kmod/device says what each test does. */
export async function featuresWork(): Promise<void> {
  execFileSync('insmod', [join(share, 'pciem_features.ko')]);
  const { status, stdout, stderr } = spawnSync(join(share, 'features'), { encoding: 'utf8', timeout: 300_000 });
  execFileSync('rmmod', ['pciem_features']);
  console.log(stdout);
  strictEqual(status, 0, stdout + stderr);
}
