/** Milliseconds of a time as rules write it; the schema has checked it. */
export function milliseconds(time: number | string): number {
  if (typeof time === 'number') return time;
  const value = Number.parseFloat(time);
  if (time.endsWith('us')) return value / 1000;
  return time.endsWith('ms') ? value : value * 1000;
}
