import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pciem, share } from './cli.ts';
import { logEqualsCapture } from './logs.ts';

const ping = 'exec 3>/dev/watchdog0; echo x >&3; echo x >&3; printf V >&3; exec 3>&-; echo pinged';

/** --auto alone takes the stock ahci driver through its probe, and its log is what the capture says. */
export async function proxyFindsOutWhatDriversWaitFor(): Promise<void> {
  execFileSync('modprobe', ['ahci']);
  const [rules, log, capture] = ['ahci.yaml', 'ahci.ndjson', 'ahci.pcapng'].map((name) => join(share, name));
  const run = pciem(
    ...['proxy', '--id', '1b36:000d', '--class', '010601', '--bar', '5=4K', '--auto', '--write-rules', `${rules}`],
    ...['--callers', '--json', '--log', `${log}`, '--capture', `${capture}`, '--', 'sh', '-c'],
    'readlink -f "/sys/bus/pci/devices/$PCIEM_ADDRESS/driver"',
  );
  strictEqual(await run.ended, 0, run.output());
  match(run.output(), /drivers\/ahci\n/);
  match(run.output(), /pciem: BAR 5 \+0x4 is read in \w+\+0x/);
  match(readFileSync(`${rules}`, 'utf8'), /offset: 0x4\n[\s\S]*answer:\n {6}clear: 0x1\n/);
  await logEqualsCapture(`${log}`, `${capture}`, 200);
}

/** A model learned from a capture of the watchdog takes the stock driver through probe and ping. */
export async function learnedModelIsPinged(): Promise<void> {
  execFileSync('modprobe', ['i6300esb', 'heartbeat=1']);
  const capture = join(share, 'learn.pcapng');
  const device = pciem('proxy', '--device', 'watchdog', '--quiet', '--capture', capture, '--', 'sh', '-c', ping);
  strictEqual(await device.ended, 0, device.output());
  const model = pciem('proxy', '--learn', capture, '--explain', '--', 'sh', '-c', ping);
  strictEqual(await model.ended, 0, model.output());
  match(model.output(), /driver i6300ESB timer has bound[\s\S]*pinged/);
  match(model.output(), /read of RELOAD = 0x0: learned: RELOAD is constant/);
}

/** --auto alone, from ids and the size of a BAR, gets i6300esb bound. */
export async function proxyFindsOutWhatAWatchdogIs(): Promise<void> {
  execFileSync('modprobe', ['i6300esb', 'heartbeat=1']);
  const run = pciem(
    ...['proxy', '--id', '8086:25ab', '--class', '0880', '--bar', '0=4K', '--auto', '--quiet'],
    ...['--', 'cat', '/sys/class/watchdog/watchdog0/identity'],
  );
  strictEqual(await run.ended, 0, run.output());
  match(run.output(), /driver i6300ESB timer has bound[\s\S]*i6300ESB timer\n/);
}
