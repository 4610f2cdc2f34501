import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Failure } from '../src/errors.ts';
import { packageRoot } from '../src/paths.ts';
import type { FigureDefinition } from './figure.ts';
import type { Terms } from './parts.ts';
import type { Sample, Side } from './protocol.ts';

export const startupFigures = [
  { id: 'version', title: 'pciem --version, to bare node', unit: 'ms' },
  { id: 'first-tlp', title: 'nothing to first TLP, to a VM: true', unit: 's' },
] as const satisfies readonly FigureDefinition[];

const node = join(packageRoot, 'node_modules/node/bin/node');
const pciem = join(packageRoot, 'bin/run.js');
const hello = join(packageRoot, 'examples/hello.ts');

/** Part 7. */
export async function measureStartup({ quick }: Terms): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let round = 0; round < (quick ? 5 : 15); round++) {
    samples.push(sample('version', 'pciem', round, await timeOf([pciem, '--version'])));
    samples.push(sample('version', 'baseline', round, await timeOf(['-e', '0'])));
  }
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const run = [pciem, 'run', hello, '--vm', '--', 'true'];
    // The bus is enumerated, which is made of TLPs, right before the device says so.
    samples.push(sample('first-tlp', 'pciem', round, (await timeOf(run, 'plugged in at')) / 1000));
    samples.push(sample('first-tlp', 'baseline', round, (await timeOf([vmWithTrue])) / 1000));
  }
  return samples;
}

const vmWithTrue = join(import.meta.dirname, 'vm-true.ts');

function sample(figure: string, side: Side, round: number, value: number): Sample {
  return { type: 'sample', figure, side, round, value };
}

/** Milliseconds from the start of a program on Node until it says something, or else until it ends. */
async function timeOf(args: readonly string[], until?: string): Promise<number> {
  const start = performance.now();
  const child = spawn(node, args, { cwd: packageRoot, stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  let time: number | undefined;
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (until !== undefined && output.includes(until)) time ??= performance.now() - start;
  });
  const [status] = (await once(child, 'close')) as [number];
  if (until === undefined) time = performance.now() - start;
  if (status !== 0 || time === undefined)
    throw new Failure(`${args.join(' ')} failed with status ${status}:\n${output}`);
  return time;
}
