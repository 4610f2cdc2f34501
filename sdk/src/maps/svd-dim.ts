import { RegisterMapError } from './error.ts';
import { nameOf, type SvdElement, textOf } from './svd-tree.ts';
import { numberOf } from './svd-values.ts';

/** An element once, or as many times as its `dim` says. */
export interface SvdRepeat {
  readonly name: string;
  /** Bytes (bits of a field) from where the element is. */
  readonly offset: number;
  /** Of an array that stays one: how many and how far apart. */
  readonly array?: { readonly count: number; readonly stride: number };
}

/** `arrays`: a name with `[%s]` may stay an array; else it becomes separate elements like one with `%s`. */
export function repeats(element: SvdElement, arrays: boolean): SvdRepeat[] {
  const name = nameOf(element);
  const count = numberOf(element, 'dim');
  if (count === undefined) return [{ name, offset: 0 }];
  const stride = numberOf(element, 'dimIncrement');
  if (stride === undefined) {
    throw new RegisterMapError([`${element.place}: ${element.tag} ${name} has a dim and no dimIncrement`]);
  }
  if (name.includes('[%s]') && arrays) return [{ name: name.replace('[%s]', ''), offset: 0, array: { count, stride } }];
  const pattern = name.includes('%s') ? name.replace('[%s]', '%s') : `${name}%s`;
  const indices = dimIndices(element, count);
  return indices.map((index, n) => ({ name: pattern.replace('%s', index), offset: n * stride }));
}

function dimIndices(element: SvdElement, count: number): string[] {
  const text = textOf(element, 'dimIndex');
  const indices = text === undefined ? Array.from({ length: count }, (_, n) => String(n)) : parseIndices(text);
  if (indices.length === count) return indices;
  throw new RegisterMapError([`${element.place}: dimIndex ${text} names ${indices.length}, and dim is ${count}`]);
}

/** `0-3`, `A-D` or `A,B,C`. */
function parseIndices(text: string): string[] {
  const [, first, last] = /^([0-9]+)\s*-\s*([0-9]+)$/.exec(text) ?? [];
  if (first !== undefined) {
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => String(Number(first) + n));
  }
  const [, from, to] = /^([A-Za-z])\s*-\s*([A-Za-z])$/.exec(text) ?? [];
  if (from === undefined || to === undefined) return text.split(',').map((part) => part.trim());
  const start = from.charCodeAt(0);
  return Array.from({ length: to.charCodeAt(0) - start + 1 }, (_, n) => String.fromCharCode(start + n));
}
