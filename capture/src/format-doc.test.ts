import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RECORD_KIND_NAMES } from './record.ts';
import { examples } from './testing/format-examples.ts';

const page = readFileSync(new URL('../../docs/capture-format.md', import.meta.url), 'utf8');

/** Hex dumps of the page: lines of an offset, two spaces, bytes, and maybe two spaces and a remark. */
const dumps = new Map(
  [...page.matchAll(/```hex (.+)\n([^`]+)```/g)].map(([, name, lines]) => [
    name as string,
    (lines as string)
      .trimEnd()
      .split('\n')
      .map((line) => line.split('  ')[1])
      .join(' '),
  ]),
);

const hex = (bytes: Uint8Array) =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');

test.each(Object.entries(examples()))(
  'docs/capture-format.md shows the right bytes of the example "%s"',
  (name, bytes) => {
    expect(dumps.get(name)).toBe(hex(bytes));
  },
);

test('every record kind has an example', () => {
  const kinds = Object.values(examples())
    .filter((bytes) => Buffer.from(bytes.subarray(0, 4)).toString() === 'PCEM')
    .map((bytes) => bytes[8] as number);
  expect([...new Set(kinds)].sort((a, b) => a - b)).toEqual([...RECORD_KIND_NAMES.keys()].slice(1));
});

test('the page has no example that the code does not make', () => {
  expect([...dumps.keys()].sort()).toEqual(Object.keys(examples()).sort());
});
