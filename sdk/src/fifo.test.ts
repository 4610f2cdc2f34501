import { expect, it } from 'vitest';
import { bar, defineDevice, doorbells, Fifo, reg8 } from './index.ts';
import { plug } from './testing/index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

it('keeps order, and loses what does not fit', () => {
  const fifo = new Fifo(3);
  expect([1, 2, 3, 4].map((value) => fifo.push(value))).toEqual([true, true, true, false]);
  expect([fifo.take(), fifo.peek(), fifo.length]).toEqual([1, 2, 2]);
  fifo.push(0xffff_ffff);
  expect([fifo.isFull, fifo.take(), fifo.take(), fifo.take(), fifo.take(7), fifo.isEmpty]).toEqual([
    true,
    2,
    3,
    0xffff_ffff,
    7,
    true,
  ]);
  fifo.push(5);
  fifo.clear();
  expect(fifo.peek(9)).toBe(9);
  expect(() => new Fifo(0)).toThrow('a FIFO of depth 0');
});

it('makes a data register', async () => {
  const device = defineDevice({
    name: 'loop',
    identity,
    bars: [bar(0, { size: 4096, registers: { DATA: reg8(0), LEVEL: reg8(1) } })],
    setup() {
      const fifo = new Fifo(16);
      return {
        read: { DATA: () => fifo.take(), LEVEL: () => fifo.length },
        write: { DATA: (value) => void fifo.push(value) },
      };
    },
  });
  const host = await plug(device);
  for (const value of [1, 2, 3]) host.write8(0, 0, value);
  expect([host.read8(0, 1), host.read8(0, 0), host.read8(0, 0), host.read8(0, 1)]).toEqual([3, 1, 2, 1]);
});

it('has doorbells that know their number', async () => {
  const rings: number[][] = [];
  const device = defineDevice({
    name: 'bells',
    identity,
    bars: [
      bar(0, {
        size: 8192,
        ranges: {
          bells: doorbells(0x1000, { count: 4, stride: 8, write: (index, value) => rings.push([index, value]) }),
        },
      }),
    ],
  });
  const host = await plug(device);
  host.write32(0, 0x1000, 5);
  host.write32(0, 0x1018, 6);
  host.write32(0, 0x101c, 7);
  host.write64(0, 0x1008, 0x1_0000_0002n);
  expect(rings).toEqual([
    [0, 5],
    [3, 6],
    [1, 2],
  ]);
  expect(host.read32(0, 0x1000)).toBe(0);
  expect(() => doorbells(0, { count: 0, write: () => {} })).toThrow('count 0');
});
