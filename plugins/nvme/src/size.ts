const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of a size such as `256M`, `4G` or `1048576`; undefined if it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+)([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (!match) return undefined;
  const bytes = Number(match[1]) * (UNITS[(match[2] as string).toUpperCase()] as number);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
