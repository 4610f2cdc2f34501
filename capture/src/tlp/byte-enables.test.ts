import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dwordsSpanned, enabledBytes, firstByteEnables, firstEnabledByte, lastByteEnables } from './byte-enables.ts';

test('enable exactly the bytes of the access', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 1, max: 64 }), (address, length) => {
      const dwords = dwordsSpanned(address, length);
      const first = firstByteEnables(address, length);
      const last = lastByteEnables(address, length);
      const enabled = Array.from({ length: dwords * 4 }, (_, byte) => {
        const enables = byte < 4 ? first : byte >= dwords * 4 - 4 ? last : 0xf;
        return (enables >> (byte & 3)) & 1;
      });
      const expected = enabled.map((_, byte) => (byte >= (address & 3) && byte < (address & 3) + length ? 1 : 0));
      expect(enabled).toEqual(expected);
      expect(enabledBytes(first, last, dwords)).toBe(length);
      expect(firstEnabledByte(first)).toBe(address & 3);
    }),
  );
});

// PCIe 5.0 tables 2-38 and 2-39, rows that are not contiguous.
test.each([
  [0b1001, 4],
  [0b0101, 3],
  [0b1010, 3],
  [0b1101, 4],
  [0b0110, 2],
  [0b0100, 1],
])('first byte enables %i of one DW count %i bytes', (firstBe, count) => {
  expect(enabledBytes(firstBe, 0, 1)).toBe(count);
});

test('a zero-length read asks for one DW and gets a byte count of 1', () => {
  expect(dwordsSpanned(0x1003, 0)).toBe(1);
  expect(firstByteEnables(0x1003, 0)).toBe(0);
  expect(enabledBytes(0, 0, 1)).toBe(1);
});
