import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type RunProgram, runProgram } from '../wireshark/program.ts';

/** The machine that a module is built for or loaded into; tests give a root directory and programs of their own. */
export interface Machine {
  /** Where its file system begins. */
  readonly root: string;
  /** What `uname -r` says. */
  readonly release: string;
  /** Undefined: there is no such program. */
  readonly run: RunProgram;
  readonly isRoot: boolean;
}

export function thisMachine(): Machine {
  return { root: '/', release: release(), run: runProgram, isRoot: process.geteuid?.() === 0 };
}

/** The text of a file, or undefined if it cannot be read. */
export function textOf({ root }: Machine, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}

export function has({ root }: Machine, path: string): boolean {
  return existsSync(join(root, path));
}
