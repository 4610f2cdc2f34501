import { expect, it } from 'vitest';
import { encodePng, encodePngNow } from './png.ts';
import { type Mode, scanOut, visible } from './scan-out.ts';
import { decodePng } from './testing/decode-png.ts';

const mode = (options: Partial<Mode>): Mode => ({
  width: 2,
  height: 2,
  bitsPerPixel: 32,
  virtualWidth: 0,
  x: 0,
  y: 0,
  bigEndian: false,
  ...options,
});

function show(options: Partial<Mode>, memory: number[]): string {
  const { bytes, stride } = visible(mode(options), Uint8Array.from(memory));
  return Buffer.from(scanOut(mode(options), bytes, stride).rgb).toString('hex', 0, 6);
}

it.each<[string, Partial<Mode>, number[], string]>([
  ['32 bits', {}, [1, 2, 3, 9, 4, 5, 6, 9], '030201060504'],
  ['32 bits, big-endian', { bigEndian: true }, [9, 1, 2, 3, 9, 4, 5, 6], '010203040506'],
  ['24 bits', { bitsPerPixel: 24 }, [1, 2, 3, 4, 5, 6], '030201060504'],
  ['16 bits', { bitsPerPixel: 16 }, [0x00, 0xf8, 0xe0, 0x07], 'ff000000ff00'],
  ['15 bits', { bitsPerPixel: 15 }, [0x00, 0x7c, 0x1f, 0x00], 'ff00000000ff'],
])('shows %s', (_, options, memory, shown) => {
  expect(show(options, memory)).toBe(shown);
});

it('shows the part that the offsets say, and black behind the end of the memory', () => {
  const memory = Array.from({ length: 4 * 3 * 4 }, (_, n) => n);
  const options = mode({ virtualWidth: 4, x: 1, y: 1, height: 3 });
  const { bytes, stride } = visible(options, Uint8Array.from(memory));
  expect([...scanOut(options, bytes, stride).rgb]).toEqual([
    22,
    21,
    20,
    26,
    25,
    24,
    38,
    37,
    36,
    42,
    41,
    40,
    ...Array(6).fill(0),
  ]);
});

it('goes into a PNG file and comes out of it', async () => {
  const [width, height] = [61, 33];
  const frame = { width, height, rgb: Uint8Array.from({ length: 3 * width * height }, (_, n) => (n * n) >>> 3) };
  expect(decodePng(await encodePng(frame))).toEqual(frame);
  expect(encodePngNow(frame)).toEqual(await encodePng(frame));
});
