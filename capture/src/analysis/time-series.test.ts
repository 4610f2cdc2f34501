import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeSeries } from './time-series.ts';

test('no sum is lost, however often the buckets are joined', () => {
  const points = fc.array(fc.tuple(fc.nat(1e9), fc.integer({ min: 1, max: 1000 })), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 100 }), (list, columns) => {
      const series = new TimeSeries('sum', 64, 10);
      for (const [time, value] of list) series.add(time, value);
      const total = list.reduce((sum, [, value]) => sum + value, 0);
      const sum = series.columns(columns, 0, 1e9).reduce((all, value) => all + value, 0);
      expect(sum).toBeCloseTo(total, 6);
    }),
  );
});

test('values are in the column of their time', () => {
  const series = new TimeSeries('sum', 1024, 1);
  series.add(0, 1);
  series.add(250, 2);
  series.add(999, 4);
  expect(series.columns(4, 0, 1000)).toEqual([1, 2, 0, 4]);
});

test('the largest value of a column counts when values are levels', () => {
  const series = new TimeSeries('max', 4, 1);
  for (const [time, value] of [
    [0, 3],
    [1, 7],
    [100, 5],
  ] as const)
    series.add(time, value);
  const columns = series.columns(2, 0, 128);
  expect(columns[0]).toBe(7);
  expect(columns[1]).toBe(5);
});
