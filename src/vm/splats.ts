/** What the kernel prints when something is wrong with it, or with a driver. */
const splat = new RegExp(
  [
    '\\bBUG:',
    'kernel BUG at',
    'usercopy:',
    'WARNING:',
    'KASAN',
    'UBSAN',
    'Oops',
    'Kernel panic',
    'general protection fault',
    'possible (recursive|circular) locking',
    'INFO: task .* blocked',
    'rcu: INFO:',
    'kmemleak: \\d+ new suspected memory leaks',
  ].join('|'),
);

/** How much of the log after the first line of a splat is shown. */
const excerptLines = 40;

/** A report of the kernel about itself. */
export interface Splat {
  /** The line that tells what it is. */
  line: string;
  /** That line and what follows. */
  excerpt: string;
}

/** Finds the splats in a kernel log; lines that belong to the excerpt of one are not reported again. */
export function findSplats(log: string): Splat[] {
  const lines = log.split(/\r?\n/);
  const found: Splat[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (!splat.test(line)) continue;
    found.push({ line, excerpt: lines.slice(index, index + excerptLines).join('\n') });
    index += excerptLines - 1;
  }
  return found;
}
