import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { localImports } from './local-imports.ts';
import { FileWatcher } from './watch-files.ts';

/**
 * Files that change on the host while a virtual machine runs: the guest's view of them may be stale for good, so the
 * host puts them into the share, and the guest over its own.
 */

/** Milliseconds between two looks of the guest into the share, which cannot tell it of changes. */
const POLL = 20;

interface Change {
  path: string;
  contents: string;
}

/**
 * The host's side: puts each of `files` that changes into `directory`, and what these import from then on. Returns what
 * ends it.
 */
export function sendChanges(files: readonly string[], directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  let count = 0;
  const known = new Set(files);
  const watcher = new FileWatcher((changed) => {
    const imported = localImports(changed).filter((path) => !known.has(path));
    for (const path of imported) known.add(path);
    watcher.add(imported);
    const sent = [...imported, ...changed.filter((path) => !imported.includes(path))];
    const changes: Change[] = sent.map((path) => ({ path, contents: readFileSync(path, 'base64') }));
    // Under another name first: the guest shall see it whole.
    const staging = join(directory, 'next');
    writeFileSync(staging, JSON.stringify(changes));
    renameSync(staging, join(directory, `${String(count++).padStart(9, '0')}.json`));
  });
  watcher.add(files);
  return () => watcher.close();
}

/** The guest's side: writes changed files to where they are on the host. Returns what ends it. */
export function receiveChanges(directory: string): () => void {
  const timer = setInterval(() => {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
    for (const name of names.sort()) {
      const changes = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Change[];
      for (const { path, contents } of changes) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, Buffer.from(contents, 'base64'));
      }
      rmSync(join(directory, name));
    }
  }, POLL);
  timer.unref();
  return () => clearInterval(timer);
}
