import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scan } from '@pciem/capture';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configFromCapture } from '../../src/lspci/from-capture.ts';
import { packageRoot } from '../../src/paths.ts';
import { testKernels } from './kernels.ts';

// Commands as a person starts them, in a machine of the first kernel: what only a whole machine can show.

const [kernel] = await testKernels();
const program = join(packageRoot, 'bin/run.js');
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-vm-cli-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Types lines at a terminal, each when a text has appeared. Resolves with what was on the screen. */
async function typeAt(
  command: string,
  steps: [waitFor: RegExp, type: string][],
): Promise<{ status: number; screen: string }> {
  // script(1) gives the command a terminal of its own, and exits as it does.
  const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let screen = '';
  let seen = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
    const [step] = steps;
    const match = step?.[0].exec(screen.slice(seen));
    if (step === undefined || match == null) return;
    seen = screen.length;
    steps.shift();
    child.stdin.write(step[1]);
  });
  const status = await new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  return { status, screen };
}

test('pciem vm: a shell at a terminal, with the module loaded; it exits as the shell does', async () => {
  const { status, screen } = await typeAt(`${process.execPath} ${program} vm --kernel ${kernel?.release}`, [
    [/booted .* kills it/, 'stty size; test -c /dev/pciem && echo "module $((40 + 2)) $(uname -r)"\r'],
    [/module 42/, 'exit 7\r'],
  ]);
  expect(screen).toContain(`module 42 ${kernel?.release}`);
  expect(status).toBe(7);
}, 300_000);

test('pciem lspci shows of a capture what the real lspci showed of the device', async () => {
  const file = join(directory, 'nvme.pcapng');
  const command = ['sh', '-c', 'lspci -xxx -s $PCIEM_ADDRESS'];
  const options = ['--vm', '--kernel', kernel?.release ?? '', '--capture', file];
  const { stdout, exitCode } = await execa(process.execPath, [program, 'run', 'nvme', ...options, '--', ...command], {
    reject: false,
  });
  expect(exitCode).toBe(0);
  const real = [...stdout.matchAll(/^[0-9a-f]{2}: (.*?)\r?$/gm)].flatMap(([, line = '']) => line.split(' '));
  expect(real).toHaveLength(256);
  // The driver leaves afterwards, and turns off what it had turned on.
  let end = 0;
  await scan(file, [
    {
      transaction({ space, write, offset, lastFrame }) {
        if (space === 7 && !write && offset === 252) end = lastFrame;
      },
    },
  ]);
  const [shown] = await configFromCapture(file, end);
  expect(shown?.known).toBe(256);
  expect(Array.from(shown?.bytes.subarray(0, 256) ?? [], (byte) => byte.toString(16).padStart(2, '0'))).toEqual(real);
}, 300_000);
