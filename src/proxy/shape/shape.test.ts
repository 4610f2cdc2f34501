import { describe, expect, test } from 'vitest';
import { buildShape } from './build-shape.ts';
import { parseBar, parseClass, parseDump, parseId } from './parse-flags.ts';

describe('options', () => {
  test('say what a device is', () => {
    expect(parseId('8086:25ab')).toEqual({ vendor: 0x8086, device: 0x25ab });
    expect(parseId('1:2:3:4')).toEqual({ vendor: 1, device: 2, subsystemVendor: 3, subsystem: 4 });
    expect([parseClass('0880'), parseClass('010802')]).toEqual([0x088000, 0x010802]);
    expect(parseBar('0=4K')).toEqual({ index: 0, size: 4096, bits: 32, prefetchable: false });
    expect(parseBar('2=1M,64,prefetchable')).toEqual({ index: 2, size: 2 ** 20, bits: 64, prefetchable: true });
    expect(parseBar('4=32,io')).toMatchObject({ index: 4, size: 32, io: true });
    expect(parseDump('0=a=b')).toEqual({ bar: 0, file: 'a=b' });
  });

  test.each([
    [() => parseId('8086'), '--id 8086: give vendor and device in hexadecimal'],
    [() => parseClass('88'), '--class 88: give four or six'],
    [() => parseBar('9=4K'), '--bar 9=4K: give NUMBER=SIZE'],
    [() => parseBar('0=5K'), '--bar 0=5K: the size has to be a power of two'],
    [() => parseBar('0=32M'), 'from 4K to 16M'],
    [() => parseBar('0=512,io'), 'from 4 to 256 in I/O space'],
    [() => parseBar('0=64,64,io'), ',io stands alone'],
    [() => parseDump('x'), '--bar-dump x: give NUMBER=FILE'],
  ])('name what is wrong %#', (parse, message) => {
    expect(parse).toThrow(message);
  });
});

describe('what is known of a device', () => {
  const register = { name: 'A', offset: 0x2000, width: 32, reset: 0, access: 'rw', fields: [] } as const;
  const map = {
    name: 'mapped',
    identity: { vendor: 1, device: 2, class: 3 },
    bars: [{ index: 0, size: 0x4000, registers: [register] }],
  };

  test('comes from the command line first, then from a clone, then from the map', () => {
    const clone = {
      name: 'clone',
      identity: { vendor: 7, device: 8, class: 9, revision: 1 },
      bars: [{ index: 0, size: 0x8000, bits: 64, prefetchable: true, registers: [] }],
    } as const;
    expect(buildShape({ map, clone, identity: { vendor: 0x99 }, bars: [] })).toMatchObject({
      name: 'clone',
      identity: { vendor: 0x99, device: 8, class: 9, revision: 1 },
      bars: [{ index: 0, size: 0x8000, bits: 64, registers: [{ name: 'A' }] }],
    });
  });

  test('has to be enough', () => {
    expect(() => buildShape({ identity: {}, bars: [] })).toThrow('Nothing says what device to be');
    expect(() => buildShape({ identity: { vendor: 1, device: 2 }, bars: [] })).toThrow('The device has no BAR');
    const small = parseBar('0=4K');
    expect(() => buildShape({ map, identity: {}, bars: [small] })).toThrow('too small for the map');
  });
});
