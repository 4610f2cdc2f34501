import { fstatSync, readdirSync, readFileSync, statSync } from 'node:fs';

/**
 * Who else has the open file `fd` open for writing, found through /proc. Unlike a lock file this
 * cannot be left behind by a process that was killed; two that start at once see each other.
 * Undefined where nobody does, or where there is no /proc.
 */
export function otherWriter(fd: number): string | undefined {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  for (const pid of list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const own = Number(pid) === process.pid;
    for (const name of list(`/proc/${pid}/fd`)) {
      if (own && Number(name) === fd) continue;
      if (isFile(`/proc/${pid}/fd/${name}`, dev, ino) && writes(`/proc/${pid}/fdinfo/${name}`)) {
        return own ? 'another device of this process' : `process ${pid} (${command(pid)})`;
      }
    }
  }
  return undefined;
}

/** Processes come and go while we look: what cannot be read is not there. */
function attempt<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}

function list(path: string): string[] {
  return attempt(() => readdirSync(path), []);
}

function isFile(path: string, dev: bigint, ino: bigint): boolean {
  return attempt(() => {
    const found = statSync(path, { bigint: true });
    return found.dev === dev && found.ino === ino;
  }, false);
}

/** fdinfo tells the open flags in octal; the last two bits are the access mode, 0 for reading. */
function writes(fdinfo: string): boolean {
  return attempt(() => {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(fdinfo, 'latin1'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & 3) !== 0;
  }, false);
}

function command(pid: string): string {
  return attempt(() => readFileSync(`/proc/${pid}/comm`, 'latin1').trim(), '?');
}
