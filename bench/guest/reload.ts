import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { GuestPlan, Side } from '../protocol.ts';
import { reloadFigures } from '../reload.ts';
import { tell } from './channel.ts';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'examples/hello.ts');

/** Changes of the example, each of which can be made again and again. */
const changes = [
  { ...reloadFigures.handlers, pattern: /wrote\d*/, replacement: 'wrote', sign: 'new handlers are in place' },
  { ...reloadFigures.structure, pattern: /0xc0ff\w+/, replacement: '0xc0ff', sign: 'plugged in again' },
];

/** From saving the file of a device until the new code is in charge, against starting `pciem run` again. */
export async function measureReload({ quick }: GuestPlan): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'reload-'));
  const file = join(directory, 'hello.ts');
  let source = readFileSync(example, 'utf8');
  writeFileSync(file, source);
  const watched = startRun(file, '--watch');
  await watched.sees('plugged in at');
  for (let round = 0; round < (quick ? 3 : 5); round++) {
    const restart = await timeOfRestart(example);
    for (const { id, pattern, replacement, sign } of changes) {
      source = source.replace(pattern, `${replacement}${10 + round}`);
      // What was prepared after the last change is ready by then, as it is for a person.
      await setTimeout(4000);
      const start = performance.now();
      writeFileSync(file, source);
      await watched.sees(sign);
      report(id, 'pciem', round, performance.now() - start);
      report(id, 'baseline', round, restart);
    }
  }
  await watched.stop();
  rmSync(directory, { recursive: true });
}

function report(figure: string, side: Side, round: number, value: number): void {
  tell({ type: 'sample', figure, side, round, value });
}

async function timeOfRestart(file: string): Promise<number> {
  const start = performance.now();
  const run = startRun(file);
  await run.sees('plugged in at');
  const time = performance.now() - start;
  await run.stop();
  return time;
}

/** `pciem run` with its messages; each `sees` looks only at what came after the one before. */
function startRun(...args: string[]) {
  const child = spawn(process.execPath, [join(root, 'bin/run.js'), 'run', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  let seen = 0;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const more = () => new Promise((resolve) => child.stderr.once('data', resolve));
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    async sees(sign: string): Promise<void> {
      for (;;) {
        const at = output.indexOf(sign, seen);
        if (at >= 0) {
          seen = at + sign.length;
          return;
        }
        if (child.exitCode !== null) throw new Error(`No "${sign}" in:\n${output}`);
        await Promise.race([more(), ended]);
      }
    },
    async stop(): Promise<void> {
      child.kill('SIGINT');
      await ended;
    },
  };
}
