import { expect, it } from 'vitest';
import { spaceMapBytes, spaceMemory } from './space-memory.ts';

it.each([
  [4096, 20480],
  [65536, 327680],
])('lays out the tables of a space of %i bytes', (size, bytes) => {
  expect(spaceMapBytes(size)).toBe(bytes);
  const { image, writeMask, w1cMask, rcMask, flags } = spaceMemory(new ArrayBuffer(bytes), size);
  expect([image, writeMask, w1cMask, rcMask, flags].map((table) => [table.byteOffset, table.length])).toEqual([
    [0, size],
    [size, size],
    [2 * size, size],
    [3 * size, size],
    [4 * size, size],
  ]);
});
