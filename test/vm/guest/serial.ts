import { match, strictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import { pciem, root } from './cli.ts';
import { hasModule } from './modules.ts';

/** The 8250_exar driver: what is written to each port of the card comes back. */
export async function serialPortsEcho(): Promise<void> {
  if (!hasModule('8250_exar')) return;
  const run = pciem('run', 'serial', '--', join(root, 'test/vm/guest/serial.sh'));
  strictEqual(await run.ended, 0, run.output());
  match(run.output(), /(ttyS\d+: \d+ bytes came back\n[\s\S]*){2}/);
}
