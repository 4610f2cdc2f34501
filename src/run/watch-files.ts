import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Milliseconds without a further change: editors write a file in several steps. */
const SETTLE = 10;

/**
 * Tells when one of some files has changed. Watches their directories, since editors put a new file in the place of the
 * old one.
 */
export class FileWatcher {
  readonly #onChange: (changed: readonly string[]) => void;
  readonly #directories = new Map<string, FSWatcher>();
  /** What was there when it was looked at last. */
  readonly #seen = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(onChange: (changed: readonly string[]) => void) {
    this.#onChange = onChange;
  }

  /** From now on these files too. */
  add(files: readonly string[]): void {
    for (const file of files) {
      if (this.#seen.has(file)) continue;
      this.#seen.set(file, stamp(file));
      const directory = dirname(file);
      if (this.#directories.has(directory)) continue;
      const watcher = watch(directory, () => this.#settle());
      // A directory that goes away takes its files along, which is no reason to stop.
      watcher.on('error', () => {});
      this.#directories.set(directory, watcher);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#directories.values()) watcher.close();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), SETTLE);
  }

  #look(): void {
    const changed: string[] = [];
    for (const [file, before] of this.#seen) {
      const now = stamp(file);
      // A file that is gone is about to be replaced, and there will be another event.
      if (now === '' || now === before) continue;
      this.#seen.set(file, now);
      changed.push(file);
    }
    if (changed.length > 0) this.#onChange(changed);
  }
}

function stamp(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  // One that is empty is being written.
  return stat === undefined || stat.size === 0n ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}
