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

/** Where installed plugins are. The same directory as oclif's `config.dataDir`, without oclif being loaded. */
export function dataDir(): string {
  const { PCIEM_DATA_DIR, XDG_DATA_HOME } = process.env;
  return PCIEM_DATA_DIR || join(XDG_DATA_HOME || join(homedir(), '.local/share'), 'pciem');
}

function findRoot(directory: string): string {
  if (existsSync(join(directory, 'kmod', 'include'))) return directory;
  const parent = dirname(directory);
  if (parent === directory) throw new Error(`No kmod/ above ${import.meta.dirname}: the installation is incomplete`);
  return findRoot(parent);
}
