import { execFile } from 'node:child_process';

/** How a program ended. */
export interface ProgramEnd {
  /** Exit status; -1 if a signal ended it. */
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a program of Wireshark to its end; undefined if there is no such program. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<ProgramEnd | undefined>;

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (error.code === 'ENOENT') resolve(undefined);
      else if (typeof error.code === 'number' || error.signal) {
        resolve({ status: typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      } else reject(error);
    });
  });
