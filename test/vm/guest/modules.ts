import { spawnSync } from 'node:child_process';

/** Whether the kernel has a module, or could load it; not every kernel that the tests run on has every driver. */
export function hasModule(name: string): boolean {
  return spawnSync('modprobe', ['-n', name]).status === 0;
}
