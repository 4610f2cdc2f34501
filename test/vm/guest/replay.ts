import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';

const CAPTURE = '/dev/shm/replayed.pcapng';

/** A capture of edu against edu: no difference; against a later version: its changed register, on both hosts. */
export async function replaysFindAChangedRegister(): Promise<void> {
  execFileSync('insmod', [join(share, 'edu.ko')]);
  const run = pciem('run', 'edu', '--capture', CAPTURE, '--', join(root, 'test/vm/guest/edu.sh'));
  strictEqual(await run.ended, 0, run.output());
  execFileSync('rmmod', ['edu']);
  for (const host of ['sim', 'kernel']) {
    const same = pciem('replay', CAPTURE, '--device', 'edu', '--host', host);
    strictEqual(await same.ended, 0, `${host}: ${same.output()}`);
    match(same.output(), /no difference/);
    const report = join(share, `replay-${host}.xml`);
    const changed = join(root, 'test/vm/devices/changed-edu.ts');
    const other = pciem('replay', CAPTURE, '--device', changed, '--host', host, '--junit', report, '--json');
    strictEqual(await other.ended, 1, `${host}: ${other.output()}`);
    const { differences } = JSON.parse(other.output()) as { differences: Record<string, string>[] };
    deepStrictEqual(
      differences.map(({ what, expected, actual }) => [what, expected, actual]),
      [['ID', '0x010000ed', '0x020000ed']],
    );
    const failed = [...readFileSync(report, 'utf8').matchAll(/name="([^"]*)"><failure/g)].map(([, name]) => name);
    deepStrictEqual(failed, ['ID (1 reads)']);
  }
}
