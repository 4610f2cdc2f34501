import { ok, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { TestDriver } from './test-driver.ts';

const seenFile = join(share, 'forms-seen.txt');

/** Where the registers are, as in kmod/tests/driver/test.h: answered from user space, or memory. */
const offsets = { forwarded: '0', memory: '1100' };

/**
 * Every way to map a BAR and every form of access, against what the CPU does with memory; the accesses that the device
 * has seen are the ones that the driver has made.
 */
export async function carriesOutEveryForm(): Promise<void> {
  process.env.PCIEM_TEST_SEEN = seenFile;
  const run = pciem('run', join(root, 'test/vm/devices/forms.ts'));
  await run.sees('has bound', 240);
  await run.sees('plugged in at ', 60);
  const driver = new TestDriver(run);
  for (const offset of Object.values(offsets)) {
    for (const atomic of [0, 1]) {
      driver.command(`forms ${offset} ${atomic}`);
      driver.command(`strings ${offset} ${atomic}`);
    }
  }
  driver.command('mappings');
  driver.command('functions');

  const report = driver.file('report');
  const expected = driver.file('expected').split('\n');
  const [passed, failed] = [Number(driver.file('passed')), Number(driver.file('failed'))];
  console.log(report);
  console.log(`${passed} passed, ${failed} failed, ${expected.length - 1} accesses`);
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  strictEqual(failed, 0, report.slice(0, 4000));
  ok(passed > 4000 && expected.length > 8000, `${passed} passed, ${expected.length} accesses: not all were tried`);

  const seen = readFileSync(seenFile, 'utf8').split('\n');
  const at = expected.findIndex((line, n) => line !== seen[n]);
  strictEqual(at, -1, `access ${at}: the driver made "${expected[at]}", the device saw "${seen[at]}"`);
  strictEqual(seen.length, expected.length);
}
