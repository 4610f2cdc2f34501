import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { bar, defineDevice, deviceSpec, dmaAtomic, range, reg8, reg32, reg64, ro, rw } from './index.ts';
import { plug } from './testing/index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };
const bars = [
  bar(0, {
    size: 8192,
    registers: {
      ID: reg32(0, { access: 'ro' }),
      CC: reg32(4, { fields: { EN: rw(0), MODE: rw(4, 7) }, write: (value, ctx) => ctx.log(value.toFixed()) }),
      CAP: reg64(8, { fields: { MQES: ro(0, 15) } }),
    },
    ranges: { doorbells: range(0x1000, { length: 0x1000 }) },
  }),
  bar(2, { size: 4096, registers: { BYTE: reg8(0) } }),
] as const;

describe('types of DMA', () => {
  it('gives back what it was given', async () => {
    const device = defineDevice({
      name: 'atomic',
      identity,
      rom: Uint8Array.of(0x55, 0xaa),
      bars: [bar(0, { size: 16, kind: 'io', registers: { R: reg8(3) } })],
      setup({ regs, dma }) {
        expectTypeOf(regs.R.value).toEqualTypeOf<number>();
        const use = (address: number) => {
          expectTypeOf(dma.fetchAdd(address, 1)).toEqualTypeOf<number>();
          expectTypeOf(dma.swap(address, 1n)).toEqualTypeOf<bigint>();
          expectTypeOf(dma.compareSwap(address, 1, 2)).toEqualTypeOf<number>();
          expectTypeOf(dma.compareSwap(address, new Uint8Array(16), new Uint8Array(16))).toEqualTypeOf<Uint8Array>();
          expectTypeOf(dma.map(address, 4096)).toEqualTypeOf<Uint8Array>();
          expectTypeOf(dma.atomic(dmaAtomic())).toEqualTypeOf<number>();
          // @ts-expect-error values of different sizes
          dma.compareSwap(address, 1, 2n);
        };
        expectTypeOf(use).returns.toEqualTypeOf<void>();
        return {};
      },
    });
    // @ts-expect-error no kind of BAR
    expect(() => bar(0, { size: 16, kind: 'port' }) && defineDevice({ name: 'x', identity, bars: [] })).not.toThrow();
    expect((await plug(device)).read8(0, 3)).toBe(0);
  });
});

describe('types of a definition', () => {
  it('names registers and fields of all BARs', () => {
    const device = defineDevice({
      name: 'typed',
      identity,
      bars,
      setup({ regs }) {
        expectTypeOf(regs.CC.value).toEqualTypeOf<number>();
        expectTypeOf(regs.CC.MODE).toEqualTypeOf<number>();
        expectTypeOf(regs.CAP.value).toEqualTypeOf<bigint>();
        expectTypeOf(regs.CAP.low).toEqualTypeOf<number>();
        expectTypeOf(regs.BYTE.value).toEqualTypeOf<number>();
        // @ts-expect-error a register that is not there
        expect(() => regs.NOPE.value).toThrow();
        // @ts-expect-error a field that is not there
        expect(regs.CC.NOPE).toBeUndefined();
        // @ts-expect-error a number for a 64-bit register
        expect(() => (regs.CAP.value = 5)).toThrow();
        return {
          read: { ID: (ctx) => ctx.regs.CC.value },
          write: {
            CC(value, ctx) {
              expectTypeOf(value).toEqualTypeOf<number>();
              ctx.regs.CC.EN = 0;
            },
            CAP: (value) => expectTypeOf(value).toEqualTypeOf<bigint>(),
            doorbells: (offset, value) => expectTypeOf([offset, value]).toEqualTypeOf<number[]>(),
          },
          reset: (kind) => expectTypeOf(kind).toEqualTypeOf<'flr' | 'bus' | 'd3'>(),
        };
      },
    });
    expect(device.name).toBe('typed');
  });

  it('numbers the registers of an array, and names those of configuration space', () => {
    const device = defineDevice({
      name: 'typed',
      identity,
      bars: [
        bar(0, {
          size: 4096,
          registers: {
            PORT: reg32.array(0, {
              count: 4,
              fields: { ON: rw(0) },
              aliases: { PORT_COPY: 0x40 },
              write: (index, value) => expectTypeOf([index, value]).toEqualTypeOf<number[]>(),
            }),
            ADDR: reg64.array(0x100, { count: 2 }),
          },
        }),
      ],
      config: { LOCK: reg8(0x60, { fields: { LOCKED: rw(0) } }) },
      setup({ regs }) {
        expectTypeOf(regs.PORT.at(0).ON).toEqualTypeOf<number>();
        expectTypeOf(regs.ADDR.at(0).value).toEqualTypeOf<bigint>();
        expectTypeOf(regs.LOCK.LOCKED).toEqualTypeOf<number>();
        // @ts-expect-error another place of an array is no array of its own
        expect(regs.PORT_COPY).toBeUndefined();
        // @ts-expect-error an array has no value of its own
        expect(regs.PORT.value).toBeUndefined();
        // @ts-expect-error a register that is not there
        expect(() => regs.LOCKED.value).toThrow();
        return {
          write: {
            ADDR(index, value, ctx) {
              expectTypeOf(index).toEqualTypeOf<number>();
              expectTypeOf(value).toEqualTypeOf<bigint>();
              ctx.regs.PORT.at(index).setBits(1);
            },
            LOCK: (value) => expectTypeOf(value).toEqualTypeOf<number>(),
          },
        };
      },
    });
    expect(device.name).toBe('typed');
    const setup = () => ({ write: { UNLOCK() {} } });
    // @ts-expect-error no register or range is called UNLOCK
    defineDevice({ name: 'x', identity, bars, config: { LOCK: reg8(0x60) }, setup });
  });

  it('refuses handlers for names that are not there', () => {
    // @ts-expect-error no register or range is called WRONG
    defineDevice({ name: 'x', identity, bars, setup: () => ({ write: { CC() {}, WRONG() {} } }) });
    defineDevice({
      name: 'x',
      identity,
      bars,
      // @ts-expect-error no register or range is called WRONG
      setup(ctx) {
        ctx.log('x');
        return { write: { CC: (value) => ctx.log(value) }, read: { WRONG: () => 1 } };
      },
    });
    // @ts-expect-error no such kind of handler
    defineDevice({ name: 'x', identity, bars, setup: () => ({ reed: {}, stop() {} }) });
  });

  it('refuses a handler that returns another type', () => {
    // @ts-expect-error a bigint for a 32-bit register
    defineDevice({ name: 'x', identity, bars, setup: () => ({ read: { ID: () => 5n } }) });
    // @ts-expect-error a number for a 64-bit register
    defineDevice({ name: 'x', identity, bars, setup: () => ({ read: { CAP: () => 5 } }) });
  });

  it('knows the options of form B', () => {
    defineDevice({
      name: 'x',
      options: z.object({ size: z.number(), label: z.string().optional() }),
      device: (options) => {
        expectTypeOf(options.size).toEqualTypeOf<number>();
        // @ts-expect-error an option that is not there
        expectTypeOf(options.nope).toBeAny();
        return deviceSpec({ identity, bars, setup: ({ regs }) => ({ read: { ID: () => regs.CC.MODE } }) });
      },
    });
    // @ts-expect-error no register or range is called NOPE
    deviceSpec({ identity, bars, setup: () => ({ read: { NOPE: () => 1 } }) });
  });

  it('lets a read handler answer later', () => {
    defineDevice({
      name: 'x',
      identity,
      bars,
      setup: (ctx) => ({ read: { ID: () => ctx.defer(), CAP: () => ctx.defer<bigint>() } }),
    });
  });

  it('knows what access there is', () => {
    // @ts-expect-error no such access
    expect(reg32(0, { access: 'readonly' }).access).toBe('readonly');
    // @ts-expect-error a bigint for a 32-bit register
    expect(reg32(0, { reset: 1n }).reset).toBe(1n);
    // @ts-expect-error the device's handlers return numbers
    expect(reg32(0, { read: () => 'x' }).offset).toBe(0);
    // @ts-expect-error a BAR that no function has
    expect(bar(6, { size: 4096 }).index).toBe(6);
    // @ts-expect-error a BAR without a size
    expect(bar(0, {}).size).toBeUndefined();
    // @ts-expect-error no such kind of BAR
    expect(bar(0, { size: 4096, kind: 'rom' }).kind).toBe('rom');
  });

  it('asks those who plug a device for its options', async () => {
    const needs = defineDevice({
      name: 'needs',
      options: z.object({ size: z.coerce.number<string>(), label: z.string().default('x') }),
      device: () => deviceSpec({ identity, bars }),
    });
    const none = defineDevice({ name: 'none', identity, bars });
    await plug(needs, { options: { size: '5' } });
    await plug(none);
    // @ts-expect-error size is missing
    await expect(plug(needs)).rejects.toThrow('size');
    // @ts-expect-error size is missing
    await expect(plug(needs, { options: { label: 'y' } })).rejects.toThrow('size');
    // @ts-expect-error size is no number on the command line
    await plug(needs, { options: { size: 5 } });
    // @ts-expect-error an option that is not there
    await plug(needs, { options: { size: '5', colour: 'red' } });
    // @ts-expect-error it takes none
    await expect(plug(none, { options: { size: 5 } })).rejects.toThrow('unknown option size');
  });

  it('asks for ids', () => {
    // @ts-expect-error the class is missing
    expect(() => defineDevice({ name: 'x', identity: { vendor: 1, device: 1 }, bars })).toThrow('identity.class');
  });
});
