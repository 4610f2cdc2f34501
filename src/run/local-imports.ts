import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What follows `from` or `import`, if it is a path: `./registers.ts`, `../lib/dma.js`. */
const IMPORTED = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

/** The files that some files import by a path, and what these import, without the files themselves. */
export function localImports(files: readonly string[]): string[] {
  const found = new Set(files);
  // A set is walked through with what is added meanwhile.
  for (const file of found) for (const path of importedBy(file)) found.add(path);
  return [...found].slice(files.length);
}

function importedBy(file: string): string[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const paths = [...text.matchAll(IMPORTED)].map(([, path = '']) => resolve(dirname(file), path));
  return paths.filter((path) => existsSync(path));
}
