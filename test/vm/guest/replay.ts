import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { ReplayResult } from '../../../src/replay/result.ts';
import { type CliRun, pciem, root, share } from './cli.ts';
import { type Junit, readJunit } from './junit.ts';

const CAPTURE = '/dev/shm/replayed.pcapng';
const CHANGED = join(root, 'test/vm/devices/changed-edu.ts');

/** A capture of edu against edu: no difference; against a later version: its changed register, on both hosts. */
export async function replaysFindAChangedRegister(): Promise<void> {
  execFileSync('insmod', [join(share, 'edu.ko')]);
  const run = pciem('run', 'edu', '--capture', CAPTURE, '--', join(root, 'test/vm/guest/edu.sh'));
  strictEqual(await run.ended, 0, run.output());
  execFileSync('rmmod', ['edu']);
  for (const host of ['sim', 'kernel']) {
    const same = replay(host, 'edu');
    strictEqual(await same.run.ended, 0, `${host}: ${same.run.output()}`);
    match(same.run.output(), /no difference/);
    const passed = readJunit(same.report);
    strictEqual(passed.suite, `edu replays ${CAPTURE}`);
    deepStrictEqual(failures(passed), []);

    const changed = replay(host, CHANGED, '--json');
    strictEqual(await changed.run.ended, 1, `${host}: ${changed.run.output()}`);
    const { differences, registers } = JSON.parse(changed.run.output()) as ReplayResult;
    deepStrictEqual(
      differences.map(({ what, expected, actual }) => [what, expected, actual]),
      [['ID', '0x010000ed', '0x020000ed']],
    );
    const report = readJunit(changed.report);
    const text = 'read of ID: 0x020000ed, in the capture 0x010000ed';
    deepStrictEqual(failures(report), [['ID (1 reads)', text, `packet ${differences[0]?.frame}: ${text}`]]);
    // What the driver read is what it read in the other run, whatever the device answered.
    const names = [
      ...registers.map(({ name, reads }) => `${name} (${reads} reads)`),
      'DMA',
      'interrupts',
      'exceptions',
    ];
    for (const { cases } of [passed, report]) deepStrictEqual(cases.map(({ name }) => name).sort(), names.toSorted());
  }
}

function replay(host: string, device: string, ...more: string[]): { run: CliRun; report: string } {
  const report = join(share, `replay-${host}-${device === CHANGED ? 'changed' : 'same'}.xml`);
  return { run: pciem('replay', CAPTURE, '--device', device, '--host', host, '--junit', report, ...more), report };
}

/** Name, message and text of the cases that failed. */
function failures({ cases }: Junit): (string | undefined)[][] {
  return cases.flatMap(({ name, message, text }) => (message === undefined ? [] : [[name, message, text]]));
}
