import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The files that the build needs, relative to `source`; without tests and without what an earlier build left. */
export async function listSources(source: string): Promise<string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isSource(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('tests/'))
    .sort();
}

function isSource(name: string): boolean {
  return /^(Kbuild|Makefile)$|\.(c|h|S)$/.test(name) && !name.endsWith('.mod.c');
}
