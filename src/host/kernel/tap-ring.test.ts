import { uapi } from '@pciem/capture/uapi';
import { describe, expect, it } from 'vitest';
import { TapRing } from './tap-ring.ts';

const { fields } = uapi.structs.pciem_tap_ring;
const SIZE = 65536;

function tapMemory(start = 0n) {
  const memory = new ArrayBuffer(4096 + SIZE);
  const view = new DataView(memory);
  view.setBigUint64(fields.bytes.offset, BigInt(SIZE), true);
  view.setBigUint64(fields.head.offset, start, true);
  view.setBigUint64(fields.tail.offset, start, true);
  return { memory, view };
}

describe('TapRing', () => {
  it('hands out what has arrived and gives the room back', () => {
    const { memory, view } = tapMemory();
    const ring = new TapRing(memory);
    new Uint8Array(memory, 4096, 4).set([1, 2, 3, 4]);
    view.setBigUint64(fields.head.offset, 160n, true);
    const pieces: number[][] = [];
    expect(ring.drain((bytes, data, from, to) => pieces.push([from, to, bytes[0] as number, data.getUint8(3)]))).toBe(
      160,
    );
    expect(pieces).toEqual([[0, 160, 1, 4]]);
    expect(view.getBigUint64(fields.tail.offset, true)).toBe(160n);
    expect(ring.drain(() => expect.unreachable())).toBe(0);
  });

  it('gives room back after each piece of whole records', () => {
    const size = 1 << 20;
    const length = 80_000;
    const memory = new ArrayBuffer(4096 + size);
    const view = new DataView(memory);
    view.setBigUint64(fields.bytes.offset, BigInt(size), true);
    for (let record = 0; record < 10; record++) view.setUint32(4096 + record * length, length, true);
    view.setBigUint64(fields.head.offset, BigInt(10 * length), true);
    const seen: number[][] = [];
    new TapRing(memory).drain((_bytes, _view, from, to) =>
      seen.push([from / length, to / length, Number(view.getBigUint64(fields.tail.offset, true)) / length]),
    );
    expect(seen).toEqual([
      [0, 4, 0],
      [4, 8, 4],
      [8, 10, 8],
    ]);
  });

  it('splits at the end of the data, also beyond 4 GiB', () => {
    const start = 0x1_0000_0000n + BigInt(SIZE) - 80n;
    const { memory, view } = tapMemory(start);
    const ring = new TapRing(memory);
    view.setBigUint64(fields.head.offset, start + 240n, true);
    const pieces: number[][] = [];
    ring.drain((_bytes, _view, from, to) => pieces.push([from, to]));
    expect(pieces).toEqual([
      [SIZE - 80, SIZE],
      [0, 160],
    ]);
    expect(view.getBigUint64(fields.tail.offset, true)).toBe(start + 240n);
  });

  it('reports losses, and sleeps only when nothing is left', () => {
    const { memory, view } = tapMemory();
    const ring = new TapRing(memory);
    view.setBigUint64(fields.lost.offset, 3n, true);
    view.setBigUint64(fields.delivered.offset, 9n, true);
    expect([ring.lost, ring.delivered]).toEqual([3, 9]);
    expect(ring.askForWakeup()).toBe(true);
    expect(view.getUint32(fields.need_wakeup.offset, true)).toBe(1);
    view.setBigUint64(fields.head.offset, 80n, true);
    expect(ring.askForWakeup()).toBe(false);
    expect(view.getUint32(fields.need_wakeup.offset, true)).toBe(0);
  });
});
