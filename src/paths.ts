import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The directory that holds package.json, bin/ and kmod/: the same for src/ and dist/. */
export const packageRoot = findRoot(import.meta.dirname);

/** Where kernels and built modules are kept between runs. */
export function cacheDir(...parts: string[]): string {
  const { XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === '' ? join(homedir(), '.cache') : XDG_CACHE_HOME;
  return join(base, 'pciem', ...parts);
}

function findRoot(directory: string): string {
  if (existsSync(join(directory, 'kmod', 'include'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`No kmod/ above ${import.meta.dirname}: the installation is incomplete`);
  return findRoot(parent);
}
