import { doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, share } from './cli.ts';

/** Seconds that the driver is left in its read: longer than any completion timeout of 5 s, or five minutes. */
const patience = process.env.PCIEM_TEST_LONG ? 300 : 15;

/**
 * Mode step at a terminal: the driver sleeps in its read until a person answers, and goes on with that. It stops in its
 * probe, and Linux adds and removes no other PCI device meanwhile.
 */
export async function personAnswersARead(): Promise<void> {
  execFileSync('modprobe', ['i6300esb', 'heartbeat=1']);
  const log = join(share, 'step.log');
  const options = ['--device', 'watchdog', '--mode', 'step', '--break', 'RELOAD', '--callers', '--log', log];
  const command = [process.execPath, join(root, 'bin/run.js'), 'proxy', ...options].join(' ');
  const terminal = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => terminal.once('exit', resolve));
  try {
    await sees(() => output, 'stopped: R16 RELOAD, device says 0x0> ', 120);
    await sleep(1000 * patience);
    doesNotMatch(output, /watchdog: driver .* has bound/);
    strictEqual(output.split('stopped:').length, 2, output);
    // Bit 9: the watchdog has run out before.
    terminal.stdin.write('0x200\n');
    await sees(() => output, 'i6300ESB timer has bound', 60);
    strictEqual(readFileSync('/sys/class/watchdog/watchdog0/bootstatus', 'utf8').trim(), '32');
    terminal.stdin.write('q\n');
    strictEqual(await ended, 0, output);
    doesNotMatch(output, /completion timeout/);
    const answered = /R16 RELOAD = 0x0200 .*\(took ([\d.]+) (s|min)\) in esb_[\w.]+\+0x/.exec(
      readFileSync(log, 'utf8'),
    );
    ok(answered !== null, readFileSync(log, 'utf8'));
    ok(Number(answered[1]) * (answered[2] === 'min' ? 60 : 1) >= patience, answered[0]);
  } finally {
    terminal.kill('SIGKILL');
  }
  match(output, /watchdog: unplugged/);
}

async function sees(output: () => string, text: string, seconds: number): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  while (!output().includes(text)) {
    if (performance.now() > end) throw new Error(`No "${text}" within ${seconds} s in:\n${output()}`);
    await sleep(100);
  }
}
