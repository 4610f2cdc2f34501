import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const session = join(import.meta.dirname, 'testing/step-session.ts');

test('a person at a terminal answers, goes on, skips and quits', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-step-'));
  const command = `${process.execPath} ${session} ${join(directory, 'control.sock')}`;
  const terminal = spawn('script', ['-qfec', command, '/dev/null']);
  let output = '';
  for (const stream of [terminal.stdout, terminal.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const sees = async (text: string) => {
    const end = performance.now() + 20_000;
    while (!output.includes(text)) {
      if (performance.now() > end) throw new Error(`No "${text}" in:\n${output}`);
      await sleep(20);
    }
    output = output.slice(output.indexOf(text) + text.length);
  };
  try {
    await sees('stopped: R32 STATUS, device says 0x5> ');
    terminal.stdin.write('0x200\n');
    await sees('the driver has read 512');
    await sees('device says 0x5> ');
    terminal.stdin.write('help\n');
    await sees('Enter: go on');
    terminal.stdin.write('\n');
    await sees('the driver has read 5');
    await sees('device says 0x5> ');
    terminal.stdin.write('s 2\n');
    for (let reads = 0; reads < 3; reads++) await sees('the driver has read 5');
    await sees('device says 0x5> ');
    terminal.stdin.write('q\n');
    await sees('unplugged');
    expect(output.trim()).toBe('');
  } finally {
    terminal.kill();
    rmSync(directory, { recursive: true });
  }
}, 60_000);
