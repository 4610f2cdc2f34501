import { expect, it } from 'vitest';
import { EDID_BYTES, edid } from './edid.ts';

it.each([
  [1024, 768],
  [640, 480],
  [1920, 1080],
  [4088, 2048],
])('describes a monitor of %i x %i at 60 Hz', (width, height) => {
  const block = edid(width, height);
  expect(block.length).toBe(EDID_BYTES);
  expect([...block.subarray(0, 8)]).toEqual([0, 255, 255, 255, 255, 255, 255, 0]);
  expect(block.reduce((sum, byte) => sum + byte, 0) % 256).toBe(0);
  const timing = block.subarray(54, 72);
  const at = (n: number) => timing[n] as number;
  const active = [at(2) | ((at(4) & 0xf0) << 4), at(5) | ((at(7) & 0xf0) << 4)];
  expect(active).toEqual([width, height]);
  const total = [width + (at(3) | ((at(4) & 0x0f) << 8)), height + (at(6) | ((at(7) & 0x0f) << 8))] as const;
  const clock = (at(0) | (at(1) << 8)) * 10_000;
  expect(clock / (total[0] * total[1])).toBeCloseTo(60, 1);
  expect(Buffer.from(block).toString('latin1', 77, 90)).toBe('pciem display');
});
