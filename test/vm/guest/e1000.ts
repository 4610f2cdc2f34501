import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root } from './cli.ts';
import { hasModule } from './modules.ts';

/** The e1000 driver: link, ping and TCP through the card to a tap device. */
export async function networkCardCarriesTraffic(): Promise<void> {
  if (!hasModule('tun') || !hasModule('e1000')) return;
  execFileSync('modprobe', ['tun']);
  process.env.NODE = process.execPath;
  const run = pciem('run', 'e1000', '--set', 'link=tap:tap77', '--', join(root, 'test/vm/guest/e1000.sh'), 'tap77');
  strictEqual(await run.ended, 0, run.output());
  match(run.output(), /link: 1000 Mb\/s/);
  match(run.output(), /3 packets transmitted, 3 packets received/);
  match(run.output(), /TCP to the card: 1000000 bytes\n[\s\S]*TCP from the card: 1000000 bytes/);
}
