import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { pciemWith } from './pciem.ts';

// A device in a file of its own, in a directory without a package.json, that follows its edits.

let directory: string;
let child: ChildProcess | undefined;
const events: Record<string, unknown>[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-spin-'));
});
afterEach(async () => {
  const running = child;
  child = undefined;
  if (running?.exitCode === null) {
    const exited = once(running, 'exit');
    running.kill('SIGINT');
    await exited;
  }
  rmSync(directory, { recursive: true });
});

const source = (changes: { reset?: number; text?: string; setup?: string } = {}) => `
import { bar, defineDevice, reg32 } from '@pciem/sdk';
import { z } from 'zod';
import { greeting } from './greeting.ts';
export default defineDevice({
  name: 'edited',
  options: z.strictObject({ colour: z.string().default('red') }),
  device: ({ colour }) => ({
    identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
    bars: [bar(0, { size: 4096, registers: { A: reg32(0, { reset: ${changes.reset ?? 1} }) } })],
    setup(ctx: { log(text: string): void }): object {
      ${changes.setup ?? ''}
      ctx.log(\`\${greeting} ${changes.text ?? 'one'} \${colour}\`);
      return {};
    },
  }),
});
`;

function save(name: string, contents: string): void {
  const staging = join(directory, `.${name}.swp`);
  writeFileSync(staging, contents);
  renameSync(staging, join(directory, name));
}

function start(...args: string[]): void {
  events.length = 0;
  const running = spawn(process.execPath, [join(packageRoot, 'bin/run.js'), 'spin', 'w.ts', '--json', ...args], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  child = running;
  let rest = '';
  running.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line));
  });
}

const arrives = (event: Record<string, unknown>) =>
  vi.waitFor(() => expect(events).toContainEqual(expect.objectContaining(event)), { timeout: 20_000, interval: 10 });
const wait = { timeout: 60_000 };

test('a device follows its files, and survives what does not work', wait, async () => {
  save('greeting.ts', `export const greeting: string = 'hello';`);
  save('w.ts', source());
  start('--sim', '--watch', '--set', 'colour=blue');
  await arrives({ type: 'log', text: 'hello one blue', device: 'w' });
  await arrives({ type: 'note' });
  save('w.ts', source({ text: 'two' }));
  await arrives({ type: 'reloaded', how: 'swapped', version: 1 });
  await arrives({ type: 'log', text: 'hello two blue' });
  save('w.ts', source({ reset: 2 }));
  await arrives({ type: 'reloaded', how: 'replugged', version: 2 });
  save('greeting.ts', `export const greeting: string = 'goodbye';`);
  await arrives({ type: 'reloaded', how: 'swapped', version: 3 });
  await arrives({ type: 'log', text: 'goodbye one blue' });
  save('w.ts', source().replace('defineDevice({', 'defineDevice({{'));
  await arrives({ type: 'reload-failed', plugged: true, details: [expect.stringContaining('w.ts:')] });
  save('w.ts', source({ reset: 2, setup: `throw new Error('no luck');` }));
  await arrives({ type: 'reload-failed', message: 'The device failed in setup: no luck', plugged: true });
  save('w.ts', source({ reset: 2, text: 'three' }));
  await arrives({ type: 'log', text: 'goodbye three blue' });
  for (const { milliseconds } of events.filter(({ type }) => type === 'reloaded')) {
    expect(milliseconds).toBeGreaterThan(0);
  }
});

const usage = (...args: string[]) => pciemWith({ cwd: directory }, 'spin', ...args);

test.each<[string[], string]>([
  [['w.ts', '--vm', '--set', 'color=red'], 'Unrecognized key: "color"'],
  [['w.ts', '--id', '1234:0001'], '--id describes a device without code, and w.ts is one'],
  [['w.ts', '--sim', '--', 'true'], '--sim has no kernel that a command could use'],
  [['--id', '1234:0001', '--class', 'ff0000', '--bar', '0:4K', '--watch'], '--watch needs a FILE to watch'],
  [['--id', '1234:1', '--class', 'ff0000', '--bar', '0:4K'], '--id 1234:1: not of the form VENDOR:DEVICE'],
  [['nothing.ts'], 'no file or directory of that name'],
])('%j is refused before anything starts', wait, (args, message) => {
  save('greeting.ts', `export const greeting: string = 'hello';`);
  save('w.ts', source());
  const { status, stderr } = usage(...args);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});

test('--set of several devices says which one', wait, () => {
  const { status, stderr } = pciemWith({}, 'run', 'nvme', 'edu', '--set', 'size=1G', '--vm');
  expect(stderr).toContain('Put its name in front: nvme.size or edu.size');
  expect(status).toBe(2);
});
