import { describe, expect, it } from 'vitest';
import { bar, DeviceInstance, defineDevice, rc, reg8, reg32, reg64, rs, rw, w1c, w1s } from '../index.ts';
import { plug } from '../testing/index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

/** Each kind of bits. */
const FIELDS = { STORED: rw(0, 3), DONE: w1c(8, 11), GO: w1s(16), SEEN: rc(24, 27) };

function fail(): never {
  throw new Error('on purpose');
}

describe('an alias of an array', () => {
  const told: string[] = [];
  const device = defineDevice({
    name: 'aliased',
    identity,
    bars: [
      bar(0, {
        size: 4096,
        registers: {
          PLAIN: reg32.array(0x00, { count: 3, stride: 16, reset: 0x0f00_0f05, fields: FIELDS, aliases: { COPY: 4 } }),
          ONE: reg32(0x40, { reset: 0x0f00_0f05, fields: FIELDS, aliases: { ONE_COPY: 0x44 } }),
          BYTES: reg8.array(0x50, { count: 4, fields: { TAKEN: rs(0) }, aliases: { BYTES_COPY: 0x5d } }),
          TOLD: reg64.array(0x80, {
            count: 2,
            aliases: { TOLD_COPY: 0xa0, TOLD_MORE: 0xc0 },
            read: (index) => BigInt(index + 1) << 36n,
            write: (index, value) => told.push(`${index}: ${value.toString(16)}`),
          }),
        },
      }),
    ],
  });

  it('has the bits of the array: each of its registers is one of those', async () => {
    const host = await plug(device);
    // What the alias of a single register does is what the alias of each register of an array has to do.
    for (const [original, alias] of [
      [0x40, 0x44],
      [0x00, 0x04],
      [0x20, 0x24],
    ] as const) {
      host.write32(0, alias, 0xff01_0a0a);
      expect(host.read8(0, original + 3)).toBe(0x0f);
      expect(host.read32(0, alias)).toBe(0x0001_050a);
    }
    expect(host.read32(0, 0x10)).toBe(0x0f00_0f05);
    expect(host.read32(0, 0x14)).toBe(0x0000_0f05);
  });

  it('may begin and end within a dword', async () => {
    const host = await plug(device);
    expect([host.read8(0, 0x5f), host.read8(0, 0x52), host.read8(0, 0x51), host.read8(0, 0x5e)]).toEqual([0, 1, 0, 1]);
    expect([host.read8(0, 0x5c), host.read8(0, 0x61)]).toEqual([0, 0]);
  });

  it('has the handlers of the array, which are told the number in it', async () => {
    const host = await plug(device);
    expect(host.read64(0, 0xa8)).toBe(2n << 36n);
    expect(host.read32(0, 0xc4)).toBe(0x10);
    host.write64(0, 0xc8, 0x1122_3344_5566_7788n);
    host.write32(0, 0xac, 0xaabb_ccdd);
    expect(told).toEqual(['1: 1122334455667788', '1: aabbccdd55667788']);
  });

  it('is reset with it', async () => {
    const host = await plug(device);
    host.write32(0, 0x14, 0x0000_0f00);
    expect(host.read32(0, 0x14)).toBe(0x0f00_0000);
    host.reset('flr');
    host.writeConfig16(4, 2);
    expect(host.read32(0, 0x14)).toBe(0x0f00_0f05);
  });

  it('is an array in captures', () => {
    const { registers } = new DeviceInstance(device).describe(0, { domain: 0, bus: 0, device: 0 });
    const [array, alias] = registers.filter(({ name }) => name === 'PLAIN{n}' || name === 'COPY{n}');
    expect(array).toMatchObject({ offset: 0, width: 4, count: 3, stride: 16 });
    expect(alias).toEqual({ ...array, name: 'COPY{n}', offset: 4 });
  });

  it('has a name and a number in messages', async () => {
    const broken = defineDevice({
      name: 'broken',
      identity,
      bars: [bar(0, { size: 4096, registers: { A: reg32.array(0, { count: 2, aliases: { B: 16 }, read: fail }) } })],
    });
    const host = await plug(broken, { onError: 'record' });
    host.read32(0, 20);
    expect(host.errors.map(({ where }) => where)).toEqual(['read of B[1]']);
  });
});
