import { match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';

/** The driver of plugins/edu/driver: factorials, interrupts and DMA. */
export async function eduTeaches(): Promise<void> {
  execFileSync('insmod', [join(share, 'edu.ko')]);
  const capture = ['--capture', join(share, 'edu.pcapng')];
  const run = pciem('run', 'edu', ...capture, '--', join(root, 'test/vm/guest/edu.sh'));
  const status = await run.ended;
  execFileSync('rmmod', ['edu']);
  strictEqual(status, 0, run.output());
  match(run.output(), /driver edu has bound/);
  match(run.output(), /MSI: yes\n/);
  match(run.output(), /10! = 3628800\n12! = 479001600\n13! = 1932053504\n/);
  match(run.output(), /4000 bytes came back\n/);
  // Three factorials, and two transfers for each of the texts.
  match(run.output(), /interrupts: 7\n/);
  ok(!/error/.test(run.output()), run.output());
}
