import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Failure } from '../errors.ts';

/** A command that runs with the terminal of this process. */
export interface RunningCommand {
  /** Its exit status; 128 + n if signal n ended it, as shells say it. */
  status: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

export function startCommand(command: readonly string[], env: Readonly<Record<string, string>>): RunningCommand {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  const status = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(cannotStart(file, error)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  return { status, kill: (signal) => child.kill(signal) };
}

function cannotStart(file: string, error: NodeJS.ErrnoException): Failure {
  // 126 and 127 as in POSIX shells.
  if (error.code === 'ENOENT') return new Failure(`There is no command ${file}`, [], 127);
  return new Failure(`The command ${file} cannot be run: ${error.message}`, [], 126);
}
