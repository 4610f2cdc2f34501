import { expect, test } from 'vitest';
import { median, quantile, spread } from './statistics.ts';

test('the median does not depend on the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('quantiles lie between values', () => {
  expect(quantile([10, 20], 0.25)).toBe(12.5);
  expect(quantile([3, 1, 2], 1)).toBe(3);
});

test('one bad round does not hide in the spread, but does not decide it either', () => {
  expect(spread([100, 100, 100])).toBe(0);
  expect(spread([90, 100, 110])).toBeCloseTo(0.05);
  expect(spread([100, 100, 100, 100, 500])).toBe(0);
});
