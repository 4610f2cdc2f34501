import { describe, expect, it } from 'vitest';
import { plug } from '../testing/index.ts';
import { deviceFromMap, type MapAccess } from './device.ts';
import { describeFields, RegisterLookup } from './lookup.ts';
import type { RegisterMap } from './types.ts';

const map: RegisterMap = {
  name: 'mapped',
  identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
  interrupts: { msix: 2 },
  bars: [
    {
      index: 0,
      size: 4096,
      registers: [
        { name: 'ID', offset: 0, width: 32, reset: 0xcafe, access: 'ro', fields: [] },
        {
          name: 'STAT',
          offset: 4,
          width: 32,
          reset: 0xf00f,
          access: 'ro',
          fields: [
            { name: 'DONE', lsb: 0, msb: 3, access: 'w1c' },
            { name: 'SET', lsb: 4, msb: 7, access: 'w1s' },
            { name: 'MODE', lsb: 8, msb: 9, access: 'rw', values: { slow: 0, fast: 2 } },
            { name: 'SEEN', lsb: 12, msb: 15, access: 'rc' },
            { name: 'value', lsb: 16, msb: 23, access: 'rw' },
          ],
        },
        { name: 'KEY', offset: 8, width: 16, reset: 0, access: 'wo', fields: [] },
        { name: 'BIG', offset: 16, width: 64, reset: 0x1122334455667788n, access: 'rw', fields: [] },
        { name: 'CH', offset: 0x100, width: 8, reset: 7, access: 'rw', fields: [], count: 4, stride: 16 },
      ],
    },
  ],
};

describe.each([
  ['answered by the host', undefined],
  ['answered by the device', () => {}],
])('a device from a map, %s', (_how, onAccess) => {
  const device = () => plug(deviceFromMap(map, onAccess && { onAccess }));

  it('does what the accesses say', async () => {
    const host = await device();
    host.write32(0, 0, 1);
    expect(host.read32(0, 0)).toBe(0xcafe);
    expect(host.read32(0, 4)).toBe(0xf00f);
    host.write32(0, 4, 0x0055_0273);
    expect(host.read32(0, 4)).toBe(0x0055_027c);
    host.write16(0, 8, 0xffff);
    expect(host.read16(0, 8)).toBe(0);
    expect(host.read64(0, 16)).toBe(0x1122334455667788n);
    host.write64(0, 16, 0xfedcba9876543210n);
    host.write8(0, 19, 0);
    expect(host.read64(0, 16)).toBe(0xfedcba9800543210n);
    host.write8(0, 0x130, 9);
    expect([0x100, 0x110, 0x120, 0x130, 0x140].map((offset) => host.read8(0, offset))).toEqual([7, 7, 7, 9, 0]);
    host.write32(0, 0x800, 5);
    expect(host.read32(0, 0x800)).toBe(0);
    expect(host.irqs).toEqual([]);
  });

  it('starts again at its reset values', async () => {
    const host = await device();
    host.write8(0, 0x100, 1);
    host.reset('flr');
    host.writeConfig16(4, 6);
    expect([host.read8(0, 0x100), host.read32(0, 4)]).toEqual([7, 0xf00f]);
  });
});

describe('onAccess', () => {
  it('is told of every access, with its register, and may change what is read', async () => {
    const seen: unknown[] = [];
    const onAccess = (access: MapAccess) => {
      const { kind, offset, size, value, register } = access;
      seen.push([kind, offset, size, value, register?.name]);
      if (register?.name === 'ID') access.value = 7;
    };
    const host = await plug(deviceFromMap(map, { onAccess, unmapped: 'memory' }));
    expect(host.read32(0, 0)).toBe(7);
    host.write64(0, 16, 0x1_0000_0002n);
    host.write16(0, 0x110, 0x1234);
    host.write32(0, 0x800, 0xabcd);
    expect(host.read32(0, 0x800)).toBe(0xabcd);
    expect(seen).toEqual([
      ['read', 0, 4, 0xcafe, 'ID'],
      ['write', 16, 4, 2, 'BIG'],
      ['write', 20, 4, 1, 'BIG'],
      ['write', 0x110, 2, 0x1234, 'CH[1]'],
      ['write', 0x800, 4, 0xabcd, undefined],
      ['read', 0x800, 4, 0xabcd, undefined],
    ]);
  });

  it('keeps the state of two plugged devices apart', async () => {
    const device = deviceFromMap(map, { onAccess: () => {} });
    const [one, two] = [await plug(device), await plug(device)];
    one.write8(0, 0x100, 1);
    expect(two.read8(0, 0x100)).toBe(7);
  });
});

it('names fields and values', () => {
  const [, stat] = map.bars[0]?.registers ?? [];
  if (!stat) throw new Error('no STAT');
  expect(describeFields(stat, 0x0055_f20f)).toBe('DONE=0xf SET=0 MODE=fast SEEN=15 value=0x55'.replace('0xf ', '15 '));
  expect(describeFields(stat, 0xf2, 1, 1)).toBe('MODE=fast SEEN=15');
});

it('finds registers by offset', () => {
  const lookup = new RegisterLookup(map.bars[0] as RegisterMap['bars'][number]);
  const at = (offset: number) => lookup.at(offset)?.name;
  expect([0, 3, 7, 9, 10, 23, 24, 0x120, 0x121, 4095].map(at)).toEqual([
    'ID',
    'ID',
    'STAT',
    'KEY',
    undefined,
    'BIG',
    undefined,
    'CH[2]',
    undefined,
    undefined,
  ]);
});

it('says what is missing for a device', () => {
  const { identity: _, ...anonymous } = map;
  expect(() => deviceFromMap(anonymous)).toThrow('it does not say identity.vendor, identity.device, identity.class');
  expect(() => deviceFromMap(anonymous, { identity: { vendor: 1, device: 2, class: 3 } })).not.toThrow();
});
