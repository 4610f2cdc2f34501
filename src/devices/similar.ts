import { distance } from 'fastest-levenshtein';

/**
 * The name that was probably meant: at most two letters wrong, missing or too many, and rather one with the same first
 * letter; undefined if none is that close.
 */
export function closest(name: string, names: readonly string[]): string | undefined {
  const sameStart = (candidate: string) => Number(candidate[0] === name[0]);
  const limit = Math.min(2, Math.floor(name.length / 2));
  const ranked = names
    .map((candidate) => ({ candidate, apart: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ apart }) => apart <= limit)
    .sort((a, b) => a.apart - b.apart || sameStart(b.candidate) - sameStart(a.candidate));
  return ranked[0]?.candidate;
}
