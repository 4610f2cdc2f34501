import { expect, test } from 'vitest';
import { parseDepends, parseFields } from './apt.ts';

test('reads the fields of a stanza, without the lines that continue one', () => {
  const fields = parseFields('Package: a\nDepends: b (>= 1), c\nDescription: short\n long: line\n');
  expect(Object.fromEntries(fields)).toEqual({ Package: 'a', Depends: 'b (>= 1), c', Description: 'short' });
});

test('takes the first of alternatives and drops versions', () => {
  expect(parseDepends('linux-base (>= 4.12~), linux-image-6.1 (= 6) | linux-image-6.1-unsigned, gcc-12:any')).toEqual([
    'linux-base',
    'linux-image-6.1',
    'gcc-12',
  ]);
  expect(parseDepends('')).toEqual([]);
});
