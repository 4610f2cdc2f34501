import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Histogram, QUANTILE_ERROR } from './histogram.ts';

const values = fc.array(
  fc.oneof(
    fc.nat(100),
    fc.nat(),
    fc.maxSafeNat().map((value) => value % 2 ** 44),
  ),
  {
    minLength: 1,
    maxLength: 500,
  },
);

test('quantiles are as near as promised to those of the sorted values', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(0.5, 0.9, 0.99, 1), (list, part) => {
      const histogram = new Histogram();
      for (const value of list) histogram.add(value, 1);
      const exact = [...list].sort((a, b) => a - b)[Math.ceil(part * list.length) - 1] as number;
      expect(Math.abs(histogram.quantile(part) - exact)).toBeLessThanOrEqual(exact * QUANTILE_ERROR);
    }),
  );
});

test('names the first packets with the smallest and largest value; sums are exact', () => {
  const histogram = new Histogram();
  for (const [value, frame] of [
    [5, 10],
    [3, 11],
    [9, 12],
    [3, 13],
    [9, 14],
  ] as const)
    histogram.add(value, frame);
  expect(histogram.summary()).toEqual({
    count: 5,
    min: 3,
    avg: 5.8,
    p50: 5,
    p99: 9,
    max: 9,
    minFrame: 11,
    maxFrame: 12,
  });
});

test('the bars hold every value once, ascending and without overlap', () => {
  fc.assert(
    fc.property(values, (list) => {
      const histogram = new Histogram();
      for (const value of list) histogram.add(value, 1);
      const bars = histogram.bars();
      for (const { from, to, count } of bars) {
        expect(list.filter((value) => value >= from && value < to)).toHaveLength(count);
      }
      expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(list.length);
    }),
  );
});

test('values beyond nine hours and below zero go to the ends', () => {
  const histogram = new Histogram();
  histogram.add(2 ** 60, 1);
  histogram.add(-5, 2);
  expect(histogram.summary()).toMatchObject({ min: 0, minFrame: 2, max: 2 ** 60, maxFrame: 1 });
});
