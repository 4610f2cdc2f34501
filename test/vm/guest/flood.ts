import { ok, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { summarize } from '@pciem/capture';
import { pciem, root, share } from './cli.ts';
import { TestDriver } from './test-driver.ts';

/** Kernel threads on all CPUs write as fast as they can to a slow device: what is lost anywhere is counted. */
export async function losesNoWriteUncounted(): Promise<void> {
  const seconds = Number(process.env.PCIEM_TEST_FLOOD_SECONDS || '3');
  const file = join(share, 'flood.pcapng');
  const run = pciem('run', join(root, 'test/vm/devices/slow.ts'), '--capture', file);
  await run.sees('has bound', 240);
  await run.sees('plugged in at ', 60);
  const driver = new TestDriver(run);
  driver.command(`flood 100 ${(seconds * 1000).toString(16)}`);
  const written = Number(driver.file('result'));
  const counters = readFileSync('/sys/kernel/debug/pciem/endpoints', 'utf8');
  const lost = Number(/^ {2}lost (\d+)$/m.exec(counters)?.[1]);
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  const [, seen, outOfOrder] = /seen: (\d+), out of order: (\d+)/.exec(run.output()) ?? [];
  const summary = await summarize(file);
  const captured = summary.registers.reduce((sum, { name, writes }) => sum + (/FLOOD/.test(name) ? writes : 0), 0);
  console.log(`${written} writes in ${seconds} s: the device saw ${seen}, the ring lost ${lost}`);
  console.log(`the capture holds ${captured}, and says that ${summary.lost} events are lost`);
  ok(written > 100 * seconds, `only ${written} writes`);
  strictEqual(Number(seen) + lost, written);
  if (lost === 0) strictEqual(outOfOrder, '0');
  // Config accesses and the like may be among the lost ones.
  if (summary.lost === 0) strictEqual(captured, written);
  else ok(captured + summary.lost >= written, 'more is missing in the capture than it says');
}
