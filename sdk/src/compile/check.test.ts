import { describe, expect, it } from 'vitest';
import {
  type AnyDeviceSpec,
  type BarSpec,
  bar,
  defineDevice,
  isDeviceDefinitionError,
  msi,
  msix,
  pcieEndpoint,
  pm,
  range,
  rc,
  reg8,
  reg32,
  reg64,
  rs,
  rw,
} from '../index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

function problem(spec: Partial<AnyDeviceSpec>, name = 'test'): string {
  try {
    defineDevice({ name, identity, bars: [], ...spec } as never);
  } catch (error) {
    if (isDeviceDefinitionError(error)) return error.message;
    throw error;
  }
  throw new Error('the definition was accepted');
}

const withBar = (options: object, index = 0) => problem({ bars: [bar(index as never, { size: 4096, ...options })] });
const withRegisters = (registers: BarSpec['registers']) => withBar({ registers });

describe('checkSpec', () => {
  it.each([
    ['vendor', { ...identity, vendor: 0x12345 }, 'identity.vendor 0x12345 must be a whole number from 0 to 0xffff'],
    ['class', { ...identity, class: 2 ** 24 }, 'identity.class 0x1000000 must be a whole number from 0 to 0xffffff'],
    ['no device', { ...identity, vendor: 0xffff }, 'identity.vendor 0xffff means that no device is there'],
    ['missing', { ...identity, device: undefined }, 'identity.device undefined must be'],
    ['no identity', undefined, 'identity is missing'],
  ])('checks the identity: %s', (_what, bad, message) => {
    expect(problem({ identity: bad as never })).toContain(`device test: ${message}`);
  });

  it('checks the name', () => {
    expect(problem({}, 'Not Good')).toContain("device name 'Not Good': use 1 to 31 lower-case letters");
  });

  it.each([
    [{ size: 5000 }, 0, 'bar 0: size 5000 must be a power of two from 4096'],
    [{ size: 2 ** 25 }, 0, 'bar 0: size 33554432 must be a power of two'],
    [{ bits: 48 }, 0, 'bar 0: bits 48 must be 32 or 64'],
    [{ bits: 64 }, 5, 'bar 5: a 64-bit BAR takes the next one too'],
    [{}, 6, "bar 6: a BAR's number is 0 to 5"],
  ])('checks a BAR: %o', (options, index, message) => {
    expect(withBar(options, index)).toContain(message);
  });

  it('refuses two BARs in one place', () => {
    const bars = [bar(0, { size: 4096, bits: 64 }), bar(1, { size: 4096 })];
    expect(problem({ bars })).toContain('bar 1: BAR 1 is already taken by 64-bit bar 0');
  });

  it.each<[string, BarSpec['registers'], string]>([
    [
      'overlap',
      { A: reg64(0), B: reg32(4) },
      'register B at 0x4 overlaps register A, which ends at 0x7; move one of them',
    ],
    ['outside', { A: reg32(4096) }, 'register A: bytes 0x1000 to 0x1003 are not inside the BAR of 0x1000 bytes'],
    ['negative', { A: reg32(-4) }, 'register A: offset -4 must be a whole number from 0 on'],
    ['unaligned', { A: reg32(6) }, 'register A: offset 0x6 must be a multiple of its 4 bytes; the next one is 0x8'],
    [
      'reset',
      { A: reg8(0, { reset: 0x100 }) },
      'register A: reset value 0x100 must be a whole number of at most 8 bits',
    ],
    ['fraction', { A: reg8(0, { reset: 1.5 }) }, 'register A: reset value 1.5'],
    ['access', { A: reg8(0, { access: 'x' as never }) }, "access 'x' is not one of rw, ro, w1c, w1s, rc, rs, wo"],
    ['field outside', { A: reg8(0, { fields: { F: rw(4, 8) } }) }, 'field F: bits 8:4 must lie in 7:0'],
    ['field order', { A: reg32(0, { fields: { F: rw(7, 4) } }) }, 'field F: bits 4:7 must lie in 31:0, low bit first'],
    ['fields', { A: reg32(0, { fields: { F: rw(0, 4), G: rw(4) } }) }, 'field G shares bits 0x10 with another field'],
    ['field name', { A: reg32(0, { fields: { value: rw(0) } }) }, 'setBits, clearBits, add name the register itself'],
    ['field reset', { A: reg32(0, { fields: { F: rw(0, 1, { reset: 4 }) } }) }, 'field F: reset value 0x4'],
    ['wide field', { A: reg64(0, { fields: { F: rw(0, 60) } }) }, '61 bits are too many for a field; use at most 53'],
    [
      'two resets',
      { A: reg32(0, { reset: 1, fields: { F: rw(0, 1, { reset: 2 }) } }) },
      "disagrees with the register's",
    ],
    ['rs', { A: reg32(0, { fields: { F: rs(0) }, read: () => 0 }) }, 'are read-to-set, and a read handler answers'],
    ['rc and rs', { A: reg32(0, { fields: { F: rc(8), G: rs(9) } }) }, 'bits 15:8 are one byte'],
    ['rc', { A: reg32(0, { fields: { F: rc(0) }, read: () => 0 }) }, 'are read-to-clear, and a read handler answers'],
  ])('checks registers: %s', (_what, registers, message) => {
    expect(withRegisters(registers)).toContain(message);
  });

  it('checks ranges', () => {
    expect(withBar({ ranges: { r: range(2, { length: 4 }) } })).toContain(
      'range r: offset 0x2 and length 0x4 must be multiples of 4',
    );
    expect(withBar({ registers: { A: reg32(0) }, ranges: { r: range(0, { length: 8 }) } })).toContain('overlaps');
  });

  it.each<[string, BarSpec['registers'], string]>([
    ['count', { A: reg32.array(0, { count: 0 }) }, 'register A: count 0 must be a whole number from 1 on'],
    ['stride', { A: reg32.array(0, { count: 2, stride: 2 }) }, 'register A: stride 2 must be at least its 4 bytes'],
    [
      'alignment',
      { A: reg32.array(0, { count: 2, stride: 6 }) },
      'register A: element 1: offset 0x6 must be a multiple of',
    ],
    [
      'end',
      { A: reg32.array(0xff8, { count: 3 }) },
      'register A: element 2: bytes 0x1000 to 0x1003 are not inside the BAR',
    ],
    ['overlap', { A: reg32.array(0, { count: 2, stride: 8 }), B: reg32(8) }, 'register B at 0x8 overlaps register A'],
  ])('checks arrays: %s', (_what, registers, message) => {
    expect(withRegisters(registers)).toContain(message);
  });

  it('checks registers of configuration space', () => {
    expect(problem({ config: { A: reg8(0x3c) } })).toContain('config: register A at 0x3c lies in the header');
    expect(problem({ config: { A: reg8(0x50, { read: () => 0 }) } })).toContain('config: A has a read handler');
    const twice = { bars: [bar(0, { size: 4096, registers: { A: reg32(0) } })], config: { A: reg8(0x50) } };
    expect(problem(twice)).toContain('config: A is already the name of something in bar 0');
    const full = { capabilities: [pm()], config: { ALL: reg32.array(0x40, { count: 48 }) } };
    expect(problem(full)).toContain('capabilities: pm does not fit');
  });

  it('checks interrupts', () => {
    expect(problem({ interrupts: { intx: 'E' as never } })).toContain('interrupts.intx E is not one of A, B, C, D');
    expect(problem({ interrupts: { msi: 3 as never } })).toContain('msi: vectors 3 is not one of 1, 2, 4, 8, 16, 32');
    const both = { capabilities: [msi({ vectors: 1 })], interrupts: { msi: 1 as const } };
    expect(problem(both)).toContain('interrupts.msi: there is an msi capability already');
  });

  it('refuses one name twice', () => {
    const bars = [
      bar(0, { size: 4096, registers: { A: reg32(0) } }),
      bar(1, { size: 4096, ranges: { A: range(0, { length: 4 }) } }),
    ];
    expect(problem({ bars })).toContain('bar 1: A is already the name of something in bar 0; rename one');
  });

  it('checks MSI-X', () => {
    const bars = [bar(0, { size: 4096, registers: { A: reg32(0x20) } })];
    const at = (bar: number, table: number, pba: number) => ({
      bars,
      capabilities: [msix({ vectors: 4, bar, table, pba })],
    });
    expect(problem(at(0, 0, 0x800))).toContain('register A at 0x20 overlaps the MSI-X table');
    expect(problem(at(0, 0x1000, 0x800))).toContain('the MSI-X table: bytes 0x1000 to 0x103f are not inside');
    expect(problem(at(1, 0, 0x800))).toContain("msix: bar 1 is not among the device's BARs");
    expect(problem({ interrupts: { msix: Number.POSITIVE_INFINITY } })).toContain('interrupts.msix: Infinity must be');
    expect(problem({ ...at(0, 0x100, 0x800), interrupts: { msix: 8 } })).toContain(
      'disagrees with the msix capability',
    );
    expect(() => msix({ vectors: 4, bar: 0, table: 4, pba: 8 })).toThrow('msix: table at 0x4 must be a multiple of 8');
    const full = [0, 2, 4].map((index) => bar(index as 0, { size: 4096, bits: 64 }));
    expect(problem({ bars: full, interrupts: { msix: 1 } })).toContain('no BAR is free for the MSI-X table');
  });

  it('checks capabilities', () => {
    const many = [pm(), pcieEndpoint(), pcieEndpoint(), pcieEndpoint(), pm()];
    expect(problem({ capabilities: many })).toContain('capabilities: pm does not fit: it would end at byte 260');
    expect(() => pcieEndpoint({ speed: 3 as never })).toThrow(
      'pcieEndpoint: speed 3 is not one of 2.5, 5, 8, 16, 32, 64',
    );
  });
});

describe('aliases', () => {
  it('lie in the BAR, apart from everything else, and have names of their own', () => {
    const alias = (aliases: Record<string, number>) => withRegisters({ A: reg32(0, { aliases }), B: reg32(8) });
    expect(alias({ C: 8 })).toMatch(
      /(register A: alias C at 0x8 overlaps register B|B at 0x8 overlaps register A: alias C)/,
    );
    expect(alias({ C: 6 })).toContain('register A: alias C: offset 0x6 must be a multiple of its 4 bytes');
    expect(alias({ C: 4096 })).toContain('register A: alias C: bytes 0x1000 to 0x1003 are not inside the BAR');
    const array = (aliases: Record<string, number>, stride = 8) =>
      withRegisters({ A: reg32.array(0, { count: 3, stride, aliases }), B: reg32(0x20) });
    expect(array({ C: 0x18 })).toContain(
      'register B at 0x20 overlaps register A: alias C: element 1, which ends at 0x23',
    );
    expect(array({ C: 0x10 })).toContain(
      'register A: alias C: element 0 at 0x10 overlaps register A: element 2, which ends at 0x13',
    );
    expect(array({ C: 4088 })).toContain('A: alias C: element 1: bytes 0x1000 to 0x1003 are not inside the BAR');
    expect(array({ C: 6 })).toContain('A: alias C: element 0: offset 0x6 must be a multiple of its 4 bytes');
    expect(array({}, 6)).toContain('register A: element 1: offset 0x6 must be a multiple of its 4 bytes');
    expect(array({ C: -8 })).toContain('A: alias C: element 0: offset -8 must be a whole number from 0 on');
    expect(problem({ config: { A: reg32(0x80, { aliases: { C: 0x90 } }) } })).toContain(
      'config: A: aliases are for BARs',
    );
    const bars = [
      bar(0, { size: 4096, registers: { A: reg32(0, { aliases: { B: 4 } }) } }),
      bar(1, { size: 4096, registers: { B: reg32(0) } }),
    ];
    expect(problem({ bars })).toContain('bar 1: B is already the name of something in bar 0');
  });
});

describe('BARs in I/O space and the expansion ROM', () => {
  it.each([
    [{ kind: 'io', size: 512 }, 'bar 0: size 512 must be a power of two from 4 to 256'],
    [{ kind: 'io', size: 2 }, 'bar 0: size 2 must be a power of two from 4 to 256'],
    [{ kind: 'io', size: 64, bits: 64 }, 'bar 0: I/O space has 32-bit addresses'],
    [{ kind: 'io', size: 64, prefetchable: true }, 'bar 0: I/O space has 32-bit addresses'],
    [{ kind: 'port' }, "bar 0: kind 'port' is not one of trapped, ram, io"],
    [{ kind: 'io', size: 8, registers: { R: reg32(8) } }, 'register R: bytes 0x8 to 0xb are not inside the BAR of 0x8'],
  ])('%j', (options, message) => {
    expect(withBar(options)).toContain(message);
  });

  it('takes no MSI-X table', () => {
    const bars = [bar(0, { kind: 'io', size: 256 })];
    const capabilities = [msix({ vectors: 1, bar: 0, table: 0, pba: 64 })];
    expect(problem({ bars, capabilities })).toContain('msix: bar 0 is of kind io; put the table into a trapped one');
  });

  it('has contents', () => {
    expect(problem({ rom: new Uint8Array(0) })).toContain('rom: 0 bytes; an expansion ROM has 1 to 16777216');
    expect(problem({ rom: './not-there.rom' })).toContain('rom: ./not-there.rom cannot be read: ENOENT');
  });
});
