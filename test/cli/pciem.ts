import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/paths.ts';

export interface PciemEnd {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** The command line as a user starts it; it has to be built. */
export function pciem(...args: string[]): PciemEnd {
  return pciemWith({}, ...args);
}

/** The same with other environment variables or in another directory. */
export function pciemWith(options: { env?: Record<string, string>; cwd?: string }, ...args: string[]): PciemEnd {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(packageRoot, 'bin/run.js'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '0', ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  return { status, stdout, stderr };
}
