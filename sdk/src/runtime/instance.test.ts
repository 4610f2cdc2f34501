import { describe, expect, it } from 'vitest';
import {
  bar,
  type DeviceDefinition,
  DeviceInstance,
  defineDevice,
  BYTE_FORWARD as F,
  type HostPort,
  heapSpace,
  BYTE_NOTIFY as N,
  BYTE_ORDERED as O,
  range,
  reg8,
  reg16,
  reg32,
  reg64,
  rw,
  type SpaceMemory,
  w1s,
} from '../index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000, revision: 3 };

const port: HostPort = {
  transfer: () => 0,
  atomic: () => {},
  mapMemory: () => undefined,
  raiseIrq: () => 0,
  setIntx: () => 0,
  log: () => {},
  deviceError: (error) => {
    throw error;
  },
  deferRead: () => () => {},
};

function started(definition: DeviceDefinition) {
  const instance = new DeviceInstance(definition);
  const memory = new Map<number, SpaceMemory>();
  for (const { fn, space, size } of instance.spaces) {
    memory.set(space, heapSpace(size));
    instance.attach(fn, space, memory.get(space) as SpaceMemory);
  }
  instance.start(port);
  return { instance, flags: (bar: number, at: number) => memory.get(bar)?.flags[at] };
}

describe('flags', () => {
  it('forward reads, tell writes, and order what is read from the image', () => {
    const { flags } = started(
      defineDevice({
        name: 'flags',
        identity,
        bars: [
          bar(0, {
            size: 4096,
            registers: {
              PLAIN: reg32(0x00),
              RELAXED: reg32(0x04, { relaxed: true }),
              READ: reg32(0x08, { read: () => 1 }),
              WRITE: reg32(0x0c, { write: () => {} }),
              WIDE: reg64(0x10, { read: () => 1n }),
              SETS: reg32(0x18, { fields: { GO: w1s(0) } }),
              A: reg8(0x1c, { write: () => {} }),
              B: reg16(0x1e, { read: () => 1, relaxed: true }),
            },
            ranges: { R: range(0x20, { length: 8, write: () => {} }), NONE: range(0x28, { length: 4 }) },
          }),
        ],
      }),
    );
    const each = (at: number, length: number) => Array.from({ length }, (_, i) => flags(0, at + i));
    expect(each(0, 4)).toEqual([O, O, O, O]);
    expect([4, 8, 0xb, 0xc, 0x10, 0x17, 0x18].map((at) => flags(0, at))).toEqual([
      0,
      F | O,
      F | O,
      N | O,
      F | O,
      F | O,
      N | O,
    ]);
    // Registers that share a dword keep to themselves.
    expect(each(0x1c, 4)).toEqual([N | O, 0, F, F]);
    expect([0x20, 0x27, 0x28].map((at) => flags(0, at))).toEqual([N, N, 0]);
  });

  it('order nothing in a BAR without write handlers', () => {
    const { flags } = started(
      defineDevice({
        name: 'quiet',
        identity,
        bars: [bar(0, { size: 4096, registers: { A: reg32(0), B: reg32(4, { read: () => 1 }) } })],
      }),
    );
    expect([0, 4, 8].map((at) => flags(0, at))).toEqual([0, F, 0]);
  });
});

describe('handlers from setup', () => {
  const bars = [bar(0, { size: 4096, registers: { A: reg32(0, { write: () => {} }) } })] as const;

  it('must belong to something', () => {
    const setup = () => ({ read: { B: () => 1 } });
    const device = defineDevice({ name: 'typo', identity, bars, setup } as never);
    expect(() => started(device)).toThrow(
      'setup returns a read handler for B, which is no register or range; there are: A',
    );
  });

  it('must not meet one in the declaration', () => {
    const device = defineDevice({ name: 'twice', identity, bars, setup: () => ({ write: { A() {} } }) });
    expect(() => started(device)).toThrow('bar 0: A has a write handler in its declaration and another one from setup');
  });
});

describe('DeviceInstance', () => {
  const device = defineDevice({
    name: 'described',
    identity,
    bars: [
      bar(0, {
        size: 8192,
        bits: 64,
        registers: {
          CC: reg32(0x14, { fields: { EN: rw(0), MODE: rw(4, 7) } }),
          GO: reg16(0x18, { role: 'doorbell' }),
        },
        ranges: {
          bells: range(0x1000, {
            length: 0x100,
            contents: [{ name: 'SQ{n}TDBL', offset: 8, width: 4, count: 3, stride: 8, role: 'doorbell' }],
            write: () => {},
          }),
        },
      }),
    ],
    interrupts: { msix: 3 },
  });

  it('describes the device for captures', () => {
    const map = new DeviceInstance(device).describe(0, { domain: 0x1f000, bus: 0, device: 0 });
    const config = map.registers.splice(map.registers.findIndex(({ space }) => space === 7));
    expect(config.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['PM Control/Status', 'PCIe Device Control', 'MSI-X Message Control']),
    );
    expect(map).toEqual({
      name: 'described',
      domain: 0x1f000,
      bus: 0,
      device: 0,
      function: 0,
      vendor: 0x1234,
      deviceId: 1,
      subsystemVendor: 0x1234,
      subsystem: 1,
      class: 0xff0000,
      revision: 3,
      bars: [
        { index: 0, size: 8192, kind: 'trapped', bits: 64, prefetchable: false },
        { index: 4, size: 4096, kind: 'trapped', bits: 32, prefetchable: false },
      ],
      registers: [
        {
          space: 0,
          offset: 0x14,
          width: 4,
          name: 'CC',
          fields: [
            { name: 'EN', lsb: 0, msb: 0 },
            { name: 'MODE', lsb: 4, msb: 7 },
          ],
        },
        { space: 0, offset: 0x18, width: 2, name: 'GO', role: 'doorbell' },
        { space: 0, offset: 0x1008, width: 4, name: 'SQ{n}TDBL', count: 3, stride: 8, role: 'doorbell' },
      ],
      msix: { bar: 4, table: 0, pba: 2048, vectors: 3 },
    });
  });

  it('names what is accessed', () => {
    const { instance } = started(device);
    expect(instance.nameAt(0, 0, 0x1004)).toBe('bells');
    expect(instance.nameAt(0, 0, 0x500)).toBe('offset 0x500');
  });

  it('ignores writes and refuses reads of what is not there', () => {
    const { instance } = started(device);
    instance.dispatchWrite(0, 3, 0, 4, 1, 0);
    instance.dispatchWrite(1, 0, 0, 4, 1, 0);
    expect(instance.dispatchRead(0, 5, 0, 4)).toBe(1);
  });

  it('refuses what is no definition, or one for another SDK', () => {
    expect(() => new DeviceInstance({} as never)).toThrow('this is no device: export the result of defineDevice()');
    expect(() => new DeviceInstance({ ...device, apiVersion: 2 })).toThrow(
      'device described was made for SDK interface 2, and this is 1',
    );
  });

  it('needs memory of the right size for every space', () => {
    const instance = new DeviceInstance(device);
    expect(() => instance.attach(0, 0, heapSpace(4096))).toThrow('space 0 needs 8192 bytes at a multiple of 8');
    expect(() => instance.attach(0, 2, heapSpace(4096))).toThrow('function 0 has no register space 2');
    expect(() => instance.start(port)).toThrow('register space 0 has no memory; the host has to attach it first');
  });
});
