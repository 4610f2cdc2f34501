import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../../..');
export const share = '/run/pciem';

/** Path of a script that lies beside this file. */
export const script = (name: string) => join(import.meta.dirname, name);

/** A run of the CLI, or of another program, in the guest. */
export interface CliRun {
  child: ChildProcess;
  /** Both streams, so far. */
  output(): string;
  /** Exit status, or the name of the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  /** Waits for a text in the output. */
  sees(text: string, seconds: number): Promise<void>;
}

const running = new Set<CliRun>();

/** Ends what a failed check has left running. */
export async function stopAll(): Promise<void> {
  for (const run of running) {
    run.child.kill('SIGKILL');
    await run.ended;
  }
}

export function pciem(...args: string[]): CliRun {
  return start(process.execPath, [join(root, 'bin/run.js'), ...args]);
}

export function start(program: string, args: readonly string[], options: SpawnOptions = {}): CliRun {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  const sees = (text: string, seconds: number) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.includes(text)) finish(resolve);
      };
      const finish = (action: () => void) => {
        listeners.delete(look);
        clearTimeout(timer);
        action();
      };
      const missing = (why: string) => () => reject(new Error(`No "${text}" ${why} in:\n${output}`));
      const timer = setTimeout(() => finish(missing(`within ${seconds} s`)), seconds * 1000);
      void ended.then(() => setTimeout(() => finish(missing('before the end')), 200));
      listeners.add(look);
      look();
    });
  const run = { child, output: () => output, ended, sees };
  running.add(run);
  void ended.finally(() => running.delete(run));
  return run;
}
