import { expect, test } from 'vitest';
import { LookInterval } from './look-interval.ts';

const ring = 128 << 20;

test('a ring in which little comes is looked at soon again', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(0, 1005)).toBe(5);
  expect(interval.after(4096, 1010)).toBe(5);
});

test('a busy ring is left alone for as long as its reader may wait', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(200_000, 1005)).toBe(100);
  expect(interval.after(4_000_000, 1105)).toBe(100);
  expect(interval.after(1000, 1205)).toBe(5);
});

test('a ring that fills up fast is looked at before it is full', () => {
  const interval = new LookInterval(ring, 1000);
  // 4 GB/s: an eighth of the ring in 4 ms.
  expect(interval.after(20_000_000, 1005)).toBe(5);
  // 1 GB/s
  const wait = interval.after(5_000_000, 1010);
  expect(wait).toBeCloseTo(16.8, 1);
});

test('two looks at once are no division by zero', () => {
  const interval = new LookInterval(ring, 1000);
  expect(interval.after(100, 1000)).toBe(5);
});
