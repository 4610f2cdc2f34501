import { expect, test } from 'vitest';
import { LookInterval } from './look-interval.ts';

const ring = 128 << 20;

test('a ring in which little comes is looked at soon again', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(0, 0, 1005)).toBe(5);
  expect(interval.after(4096, 0, 1010)).toBe(5);
});

test('a busy ring is left alone for as long as its reader may wait', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(200_000, 0, 1005)).toBe(100);
  expect(interval.after(4_000_000, 0, 1105)).toBe(100);
  expect(interval.after(1000, 0, 1205)).toBe(5);
});

test('a ring that fills up fast is looked at before a sixteenth of it is full', () => {
  const interval = new LookInterval(ring, 1000);
  // 200 kB a millisecond: 8 MiB after 42 ms.
  expect(interval.after(1_000_000, 0, 1005)).toBeCloseTo(41.9, 1);
  // Half of that has come while the last look was at work.
  expect(interval.after(8_000_000, 4 << 20, 1045)).toBeCloseTo(21, 1);
  expect(interval.after(8_000_000, 9 << 20, 1085)).toBe(5);
});

test('two looks at once are no division by zero', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(100, 0, 1000)).toBe(5);
});
