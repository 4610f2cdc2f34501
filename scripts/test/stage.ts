import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/paths.ts';

/** How many of a stage's tests passed and failed. */
export interface Tally {
  passed: number;
  failed: number;
}

/** One part of `npm test`. */
export interface Stage {
  name: string;
  run(): Promise<Tally>;
}

/** A program with its output in the terminal: one test, passed if it exits with 0. `cwd`: inside the repository. */
export async function check(command: string, args: readonly string[], cwd = ''): Promise<Tally> {
  const { failed } = await execa(command, args, { cwd: join(packageRoot, cwd), stdio: 'inherit', reject: false });
  return tally(!failed);
}

export function tally(isGood: boolean): Tally {
  return isGood ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

export function add(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
  };
}
