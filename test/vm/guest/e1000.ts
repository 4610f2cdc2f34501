import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { hasModule } from './modules.ts';

/** The e1000 driver: its own test, then link, ping and TCP through the card to a tap device. */
export async function networkCardCarriesTraffic(): Promise<void> {
  if (!hasModule('tun') || !hasModule('e1000')) return;
  execFileSync('modprobe', ['tun']);
  process.env.NODE = process.execPath;
  const options = ['--set', 'link=tap:tap77', '--capture', join(share, 'e1000.pcapng')];
  const run = pciem('run', 'e1000', ...options, '--', join(root, 'test/vm/guest/e1000.sh'), 'tap77');
  strictEqual(await run.ended, 0, run.output());
  // All five pass; with QEMU's own card the tests of registers and of loopback fail.
  match(run.output(), /The test result is PASS/);
  match(run.output(), /link: 1000 Mb\/s/);
  match(run.output(), /3 packets transmitted, 3 packets received/);
  match(run.output(), /TCP to the card: 1000000 bytes\n[\s\S]*TCP from the card: 1000000 bytes/);
  match(run.output(), /iperf3 to the card: [1-9]\d* bytes\n[\s\S]*iperf3 from the card: [1-9]\d* bytes/);
}
