import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: at most two letters wrong, missing or too many; undefined if none is that close. */
export function closest(name: string, names: readonly string[]): string | undefined {
  const limit = Math.min(2, Math.floor(name.length / 2));
  const ranked = names
    .map((candidate) => ({ candidate, apart: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ apart }) => apart <= limit)
    .sort((a, b) => a.apart - b.apart);
  return ranked[0]?.candidate;
}
