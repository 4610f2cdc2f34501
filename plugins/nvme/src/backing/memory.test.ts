import { expect, it } from 'vitest';
import { noise } from '../testing/driver.ts';
import { MemoryStore } from './memory.ts';

const GIB = 2 ** 30;

it('takes memory only for what is written, and gives it back', () => {
  const store = new MemoryStore(64 * GIB);
  expect(store.allocated).toBe(0);
  store.read(10 * GIB, new Uint8Array(4096));
  expect(store.allocated).toBe(0);
  store.zero(0, 64 * GIB);
  store.write(63 * GIB, noise(4096, 1));
  expect(store.allocated).toBe(store.chunkSize);
  store.zero(63 * GIB, store.chunkSize / 2);
  expect(store.allocated).toBe(store.chunkSize);
  store.zero(62 * GIB, 2 * GIB);
  expect(store.allocated).toBe(0);
});

it('reads and writes across chunks, zero where nothing is', () => {
  const store = new MemoryStore(4 * 2 ** 20);
  const data = noise(600_000, 2);
  store.write(100_000, data);
  const all = new Uint8Array(4 * 2 ** 20);
  store.read(0, all);
  const expected = new Uint8Array(4 * 2 ** 20);
  expected.set(data, 100_000);
  expect(Buffer.compare(all, expected)).toBe(0);
  store.zero(200_000, 300_000);
  expected.fill(0, 200_000, 500_000);
  store.read(0, all);
  expect(Buffer.compare(all, expected)).toBe(0);
});
