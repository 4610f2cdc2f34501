const TIMES = [
  ['ns', 1],
  ['us', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
] as const;

/** Nanoseconds as `950 ns`, `12.3 us`, `1.25 s`: three digits. */
export function formatTime(ns: number): string {
  const [unit, size] = TIMES.findLast(([, least]) => Math.abs(ns) >= least) ?? TIMES[0];
  const value = ns / size;
  const digits = unit === 'ns' || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

/** Nanoseconds since the first packet as seconds, as Wireshark's time column shows them: `1.234567`. */
export function formatMoment(ns: number): string {
  return (ns / 1e9).toFixed(6);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export function formatHex(value: number): string {
  return `0x${value.toString(16)}`;
}
