import { expect, test } from 'vitest';
import { parseSettings } from './settings.ts';

test('splits at the first =', () => {
  expect(parseSettings(['size=64M', 'backing=a=b.img', 'empty='])).toEqual({
    size: '64M',
    backing: 'a=b.img',
    empty: '',
  });
});

test.each([['size'], ['=64M']])('%s is not of the form key=value', (assignment) => {
  expect(() => parseSettings([assignment])).toThrow(`--set ${assignment}: not of the form key=value`);
});

test('a key given twice is refused', () => {
  expect(() => parseSettings(['a=1', 'a=2'])).toThrow('--set a=… is given twice');
});
