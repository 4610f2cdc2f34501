const LEVELS = ' ▁▂▃▄▅▆▇█';

/** Numbers as bars of eighths, the largest the full height; what is not 0 shows. */
export function sparkline(values: readonly number[]): string {
  const max = Math.max(...values, 0);
  return values
    .map((value) => (value <= 0 ? ' ' : LEVELS[Math.max(1, Math.round((value / max) * (LEVELS.length - 1)))]))
    .join('');
}
