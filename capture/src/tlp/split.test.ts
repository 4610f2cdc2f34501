import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextCompletion, nextRequest } from './split.ts';

const sizes = fc.constantFrom(128, 256, 512, 1024, 2048, 4096);

function pieces(address: number, length: number, next: (at: number, left: number) => number): number[] {
  const result: number[] = [];
  for (let done = 0; done < length; ) {
    const size = next(address + done, length - done);
    expect(size).toBeGreaterThan(0);
    result.push(size);
    done += size;
  }
  return result;
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

test('requests cover the transfer, stay within the limit and never cross 4 KiB', () => {
  fc.assert(
    fc.property(fc.nat(0xffff), fc.integer({ min: 1, max: 20000 }), sizes, (address, length, limit) => {
      const requests = pieces(address, length, (at, left) => nextRequest(at, left, limit));
      expect(sum(requests)).toBe(length);
      let at = address;
      for (const size of requests) {
        expect(((at & 3) + size + 3) & ~3).toBeLessThanOrEqual(limit);
        expect(Math.floor(at / 4096)).toBe(Math.floor((at + size - 1) / 4096));
        at += size;
      }
    }),
  );
});

test('completions of a request follow the read completion boundary and the payload limit', () => {
  fc.assert(
    fc.property(fc.nat(4095), fc.nat(4095), sizes, fc.constantFrom(64, 128), (start, end, mps, rcb) => {
      const address = Math.min(start, end);
      const length = Math.abs(end - start) + 1;
      const completions = pieces(address, length, (at, left) => nextCompletion(at, left, mps, rcb));
      expect(sum(completions)).toBe(length);
      let at = address;
      completions.forEach((size, index) => {
        expect(((at & 3) + size + 3) & ~3).toBeLessThanOrEqual(mps);
        at += size;
        if (index < completions.length - 1) expect(at % rcb).toBe(0);
      });
      if (Math.floor(address / rcb) === Math.floor((address + length - 1) / rcb)) expect(completions).toHaveLength(1);
    }),
  );
});

test('200 bytes at 0x10 with 128-byte payloads are 112 and 88', () => {
  expect(pieces(0x10, 200, (at, left) => nextCompletion(at, left, 128, 128))).toEqual([112, 88]);
});
