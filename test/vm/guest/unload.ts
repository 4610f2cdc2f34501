import { match, notStrictEqual, strictEqual } from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';

/** The module stays while a device is there, and goes at once after one that was killed. */
export async function unloadsWhenNothingIsLeft(): Promise<void> {
  const run = pciem('run', join(root, 'test/vm/devices/observed.ts'));
  await run.sees('plugged in at ', 240);
  notStrictEqual(spawnSync('rmmod', ['pciem']).status, 0);
  const refused = pciem('kmod', 'unload');
  strictEqual(await refused.ended, 1, refused.output());
  match(refused.output(), /in use: 1f000:00:00\.0 is plugged/);

  run.child.kill('SIGKILL');
  await run.ended;
  const gone = () => spawnSync('test', ['-e', '/sys/devices/pci1f000:00']).status !== 0;
  while (!gone()) execFileSync('sleep', ['0.05']);
  const unloaded = pciem('kmod', 'unload', '--json');
  strictEqual(await unloaded.ended, 0, unloaded.output());
  match(unloaded.output(), /"unloaded": true/);

  execFileSync('insmod', [join(share, 'pciem.ko')]);
  const status = pciem('kmod', 'status', '--json');
  strictEqual(await status.ended, 0, status.output());
  match(status.output(), /"loaded": true,\s+"users": 0/);
}
