import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pciem, root, share } from './cli.ts';
import { hasModule } from './modules.ts';

/** The i6300esb driver starts, pings, stops and outlives the watchdog. */
export async function watchdogRunsOut(): Promise<void> {
  if (!hasModule('i6300esb')) return;
  // Distributions keep drivers of watchdogs from loading by themselves.
  execFileSync('modprobe', ['i6300esb', 'heartbeat=1']);
  const run = pciem(
    'run',
    'watchdog',
    '--capture',
    join(share, 'watchdog.pcapng'),
    '--callers',
    '--',
    join(root, 'test/vm/guest/watchdog.sh'),
  );
  strictEqual(await run.ended, 0, run.output());
  const output = run.output();
  match(output, /i6300ESB timer, 1 s, reset by it: 0/);
  match(output, /open: active/);
  match(output, /closed: inactive/);
  match(output, /error: timed out: a real one would reset the system now/);
  // WDIOF_CARDRESET
  match(output, /\nreset by it: 32/);
}
