import { match, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliRun, pciem, root } from './cli.ts';

const device = join(root, 'test/vm/devices/faulty-nvme.ts');

/** Done-criterion 5, first case. */
export async function throwsInRead(): Promise<void> {
  const run = pciem('run', device, '--set', 'fault=throw');
  await driverReadAllOnes(run);
  // File and line of the device author's code.
  match(await stop(run), /CSTS is broken[\s\S]*faulty-nvme\.ts:\d+/);
}

/** Done-criterion 5, second case. */
export async function neverAnswers(): Promise<void> {
  const run = pciem('run', device, '--set', 'fault=silent');
  await driverReadAllOnes(run);
  match(await stop(run), /[1-9]\d* completion timeout/);
}

/** Done-criterion 5, third case. */
export async function answersLate(): Promise<void> {
  const run = pciem('run', device, '--set', 'fault=late', '--set', 'delay=3000');
  await driverReadAllOnes(run);
  await sleep(4000);
  const output = await stop(run);
  match(output, /[1-9]\d* completion timeout/);
  match(output, /[1-9]\d* late answer/);
}

/** The stock driver gives up with -ENODEV when CSTS reads all-ones; a driver that hangs, or reads another value, does not. */
async function driverReadAllOnes(run: CliRun): Promise<void> {
  await run.sees('plugged in at ', 60);
  const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
  const givesUp = new RegExp(`nvme.*(${address}|nvme\\d+).*(error|failure status:?) -19`);
  const end = performance.now() + 90_000;
  while (!givesUp.test(kernelLog(address))) {
    if (performance.now() > end) throw new Error(`The driver did not give up:\n${kernelLog(address)}\n${run.output()}`);
    await sleep(200);
  }
}

/** The kernel's log since this device was plugged in. */
function kernelLog(address: string): string {
  const log = execFileSync('dmesg', { encoding: 'utf8' });
  return log.slice(Math.max(log.lastIndexOf(`pci ${address}: [1234:0bad]`), 0));
}

/** Ctrl-C; the CLI has to unplug and end in an orderly way. */
async function stop(run: CliRun): Promise<string> {
  run.child.kill('SIGINT');
  const status = await run.ended;
  strictEqual(typeof status, 'number', `ended by ${status}\n${run.output()}`);
  return run.output();
}
