import { describe, expect, it } from 'vitest';
import { BYTE_READ_SETS, heapSpace } from '../spaces.ts';
import { anyFlag, applyRead, applyWrite } from './access-rules.ts';

function space(image: number[], masks: { write?: number[]; w1c?: number[]; rc?: number[] }) {
  const memory = heapSpace(8);
  memory.image.set(image);
  memory.writeMask.set(masks.write ?? []);
  memory.w1cMask.set(masks.w1c ?? []);
  memory.rcMask.set(masks.rc ?? []);
  return memory;
}

describe('applyWrite', () => {
  it('stores writable bits and keeps the others', () => {
    const memory = space([0xf0, 0x0f], { write: [0x3c, 0x00] });
    applyWrite(memory, 0, Uint8Array.of(0xff, 0xff));
    expect([...memory.image.subarray(0, 2)]).toEqual([0xfc, 0x0f]);
    applyWrite(memory, 0, Uint8Array.of(0x00));
    expect(memory.image[0]).toBe(0xc0);
  });

  it('clears bits that are written 1', () => {
    const memory = space([0xff], { w1c: [0x0f] });
    applyWrite(memory, 0, Uint8Array.of(0x35));
    expect(memory.image[0]).toBe(0xfa);
  });

  it('touches only the bytes of the access', () => {
    const memory = space([1, 2, 3, 4, 5], { write: [255, 255, 255, 255, 255] });
    applyWrite(memory, 3, Uint8Array.of(0xaa));
    expect([...memory.image.subarray(0, 5)]).toEqual([1, 2, 3, 0xaa, 5]);
  });
});

describe('applyRead', () => {
  it('returns the value and then clears read-to-clear bits of those bytes', () => {
    const memory = space([0xff, 0xff], { rc: [0xf0, 0xff] });
    const data = new Uint8Array(1);
    applyRead(memory, 0, data);
    expect(data[0]).toBe(0xff);
    expect([...memory.image.subarray(0, 2)]).toEqual([0x0f, 0xff]);
  });
});

describe('applyRead with BYTE_READ_SETS', () => {
  it('sets the bits that it would clear, of the bytes that have the flag', () => {
    const memory = space([0x0e, 0x0f], { rc: [0x01, 0x01] });
    memory.flags[0] = BYTE_READ_SETS;
    const data = new Uint8Array(2);
    applyRead(memory, 0, data);
    expect([...data]).toEqual([0x0e, 0x0f]);
    expect([...memory.image.subarray(0, 2)]).toEqual([0x0f, 0x0e]);
  });
});

describe('anyFlag', () => {
  it('looks at every byte that the access touches, and at no other', () => {
    const memory = heapSpace(16);
    memory.flags[4] = 2;
    expect(anyFlag(memory, 0, 4, 2)).toBe(false);
    expect(anyFlag(memory, 3, 2, 2)).toBe(true);
    expect(anyFlag(memory, 0, 8, 2)).toBe(true);
    expect(anyFlag(memory, 8, 8, 2)).toBe(false);
    expect(anyFlag(memory, 5, 1, 2)).toBe(false);
    expect(anyFlag(memory, 4, 4, 1)).toBe(false);
  });
});
