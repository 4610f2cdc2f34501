import { FileWatcher } from './watch-files.ts';

/** What is loaded again when its files change. */
export interface Reloadable {
  readonly files: readonly string[];
  reload(since: number): Promise<void>;
}

/**
 * Loads devices again when their files change, one version after the other. `changes`: a directory in which a virtual
 * machine finds changed files of its host. Returns what ends it.
 */
export async function watchRuns(runs: readonly Reloadable[], changes?: string): Promise<() => void> {
  const pending = new Set<Reloadable>();
  let since = 0;
  let busy = false;
  const watcher = new FileWatcher((changed) => {
    if (pending.size === 0) since = performance.now();
    for (const run of runs) if (run.files.some((file) => changed.includes(file))) pending.add(run);
    void work();
  });
  async function work(): Promise<void> {
    if (busy) return;
    busy = true;
    while (pending.size > 0) {
      const [run] = pending as Set<Reloadable> & Iterable<Reloadable>;
      pending.delete(run as Reloadable);
      await (run as Reloadable).reload(since);
      watcher.add((run as Reloadable).files);
    }
    busy = false;
  }
  for (const { files } of runs) watcher.add(files);
  if (changes === undefined) return () => watcher.close();
  const { receiveChanges } = await import('./mirror.ts');
  const stop = receiveChanges(changes);
  return () => {
    stop();
    watcher.close();
  };
}
