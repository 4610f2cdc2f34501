import { describe, expect, it } from 'vitest';
import {
  bar,
  type DeviceContext,
  type DeviceDefinition,
  DeviceInstance,
  defineDevice,
  deviceSpec,
  type Handlers,
  memory,
  pm,
  rc,
  reg8,
  reg16,
  reg32,
  reg64,
  rw,
} from '../index.ts';
import { plug } from '../testing/index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

describe('register arrays', () => {
  const calls: unknown[] = [];
  let ports: { length: number; at(index: number): { value: number } } | undefined;
  const device = defineDevice({
    name: 'arrays',
    identity,
    bars: [
      bar(0, {
        size: 4096,
        registers: {
          PORT: reg8.array(0x00, { count: 3, stride: 0x10, reset: 5, fields: { LOW: rw(0, 3), SEEN: rc(4) } }),
          DOOR: reg32.array(0x04, { count: 3, stride: 0x10, write: (index, value) => calls.push([index, value]) }),
          TIME: reg16.array(0x100, { count: 2, read: (index) => 0x100 + index }),
          WIDE: reg64.array(0x200, { count: 2 }),
        },
      }),
    ],
    setup({ regs }) {
      ports = regs.PORT;
      return {
        write: {
          WIDE: (index, value) => {
            calls.push([index, value]);
            regs.PORT.at(index).SEEN = 1;
          },
        },
      };
    },
  });

  it('are registers that know their number', async () => {
    const host = await plug(device);
    expect([0x00, 0x10, 0x20, 0x30].map((offset) => host.read8(0, offset))).toEqual([5, 5, 5, 0]);
    host.write32(0, 0x14, 7);
    host.write64(0, 0x208, 1n);
    expect(() => host.write64(0, 0x200, 2n)).not.toThrow();
    expect(calls.splice(0)).toEqual([
      [1, 7],
      [1, 1n],
      [0, 2n],
    ]);
    expect([host.read16(0, 0x100), host.read16(0, 0x102)]).toEqual([0x100, 0x101]);
    expect([host.read8(0, 0x10), host.read8(0, 0x10), host.read8(0, 0x00)]).toEqual([0x15, 5, 0x15]);
    host.write8(0, 0x20, 0xff);
    host.reset();
    host.writeConfig16(4, 2);
    expect(host.read8(0, 0x20)).toBe(5);
    expect(ports?.length).toBe(3);
    expect(() => ports?.at(3)).toThrow('there is no PORT[3]; use 0 to 2');
  });

  it('are one line of the device map', () => {
    const instance = new DeviceInstance(device);
    const map = instance.describe(0, { domain: 0x1f000, bus: 0, device: 0 });
    expect(map.registers[1]).toEqual({ space: 0, offset: 4, width: 4, name: 'DOOR{n}', count: 3, stride: 0x10 });
  });
});

describe('registers of configuration space', () => {
  const written: number[] = [];
  const device = defineDevice({
    name: 'config',
    identity,
    bars: [],
    config: { LOCK: reg8(0x44, { fields: { LOCKED: rw(0), ON: rw(1) }, reset: 2 }), MODE: reg16(0x50) },
    capabilities: [pm()],
    setup: ({ regs }) => ({
      write: {
        LOCK(value) {
          written.push(value, regs.LOCK.value);
        },
      },
    }),
  });

  it('have masks and write handlers, and capabilities go around them', async () => {
    const host = await plug(device);
    expect([host.readConfig8(0x34), host.readConfig8(0x48), host.readConfig8(0x44)]).toEqual([0x48, 1, 2]);
    host.writeConfig8(0x44, 0xfd);
    host.writeConfig16(0x50, 0xabcd);
    expect([written, host.readConfig8(0x44), host.readConfig16(0x50)]).toEqual([[0xfd, 1], 1, 0xabcd]);
    host.writeConfig32(0x44, 0xffffff03);
    expect(written).toEqual([0xfd, 1, 3, 3]);
    host.reset();
    expect([host.readConfig8(0x44), host.readConfig16(0x50)]).toEqual([2, 0]);
  });

  it('take no read handlers', async () => {
    const bad = defineDevice({
      name: 'bad',
      identity,
      bars: [],
      config: { MODE: reg16(0x50) },
      setup: () => ({ read: { MODE: () => 1 } }),
    });
    await expect(plug(bad)).rejects.toThrow('setup returns a read handler for MODE; configuration space is answered');
  });
});

describe('memory', () => {
  it('keeps what the driver writes until a reset', async () => {
    const device = defineDevice({
      name: 'memory',
      identity,
      bars: [bar(1, { size: 4096, ranges: { RAM: memory(0x100, { length: 0x100 }) } })],
    });
    const host = await plug(device);
    host.write32(1, 0xfc, 0xffff_ffff);
    host.write64(1, 0x1f8, 0x0123_4567_89ab_cdefn);
    host.write8(1, 0x101, 0x55);
    expect([host.read32(1, 0xfc), host.read64(1, 0x1f8), host.read32(1, 0x100)]).toEqual([
      0,
      0x0123_4567_89ab_cdefn,
      0x5500,
    ]);
    host.reset();
    host.writeConfig16(4, 2);
    expect(host.read32(1, 0x100)).toBe(0);
  });

  it('takes no handlers', async () => {
    const device = defineDevice({
      name: 'memory',
      identity,
      bars: [bar(1, { size: 4096, ranges: { RAM: memory(0, { length: 4 }) } })],
      setup: () => ({ write: { RAM() {} } }),
    });
    await expect(plug(device)).rejects.toThrow('bar 1: RAM is memory and has a handler; use range()');
  });
});

describe('setBits, clearBits and add', () => {
  it('change a register at once', async () => {
    const contexts: DeviceContext[] = [];
    const device = defineDevice({
      name: 'bits',
      identity,
      bars: [bar(0, { size: 4096, registers: { A: reg32(0, { reset: 0xf0 }), B: reg8(4, { access: 'rc' }) } })],
      setup(ctx) {
        ctx.regs.A.setBits(0x8000_0001);
        ctx.regs.A.clearBits(0x10);
        ctx.regs.B.setBits(0x81);
        expect([ctx.regs.B.add(3), ctx.regs.B.add(0xff)]).toEqual([0x81, 0x84]);
        contexts.push(ctx as unknown as DeviceContext);
        return {};
      },
    });
    const host = await plug(device);
    expect([host.read32(0, 0), host.read8(0, 4), host.read8(0, 4)]).toEqual([0x8000_00e1, 0x83, 0]);
  });
});

describe('drained', () => {
  const calls: string[] = [];
  const device = defineDevice({
    name: 'batches',
    identity,
    bars: [bar(0, { size: 4096, registers: { DOOR: reg32(0), PLAIN: reg32(4), TIME: reg32(8) } })],
    setup: () => ({
      read: { TIME: () => 1 },
      write: { DOOR: (value) => void calls.push(`door ${value}`) },
      drained() {
        calls.push('drained');
        if (calls[0] === 'door 2') throw new Error('no');
      },
    }),
  });

  it('is called after the accesses that the device has handled', async () => {
    const host = await plug(device, { onError: 'record' });
    host.write32(0, 0, 1);
    host.write32(0, 4, 1);
    expect(host.read32(0, 8)).toBe(1);
    expect(calls.splice(0)).toEqual(['door 1', 'drained', 'drained']);
    host.write32(0, 0, 2);
    expect(host.errors).toMatchObject([{ where: 'drained handler', error: { message: 'no' } }]);
  });
});

describe('pending and idle', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const polled = (handlers: (calls: string[]) => Handlers, calls: string[] = []) =>
    defineDevice({
      name: 'polled',
      identity,
      bars: [bar(0, { size: 4096, registers: { DOOR: reg32(0) } })],
      setup: () => ({ write: { DOOR: () => {} }, ...handlers(calls) }) as Handlers<never>,
    });

  it('have work done that no access tells of, until there is none', async () => {
    const calls: string[] = [];
    let left = 3;
    const host = await plug(
      polled(
        () => ({
          drained: () => calls.push(`drained ${--left}`),
          pending: () => left > 0,
          idle: () => calls.push('idle'),
        }),
        calls,
      ),
    );
    host.write32(0, 0, 1);
    expect(calls).toEqual(['drained 2']);
    await turn();
    await turn();
    expect(calls).toEqual(['drained 2', 'drained 1', 'drained 0', 'idle']);
  });

  it('ask once more after idle', async () => {
    const calls: string[] = [];
    let work = false;
    const host = await plug(
      polled(() => ({
        drained: () => {
          calls.push('drained');
          work = false;
        },
        pending: () => work,
        idle: () => {
          work = calls.length === 1;
        },
      })),
    );
    host.write32(0, 0, 1);
    await turn();
    await turn();
    expect(calls).toEqual(['drained', 'drained']);
  });

  it('report what they throw', async () => {
    const fail = (text: string) => () => {
      throw new Error(text);
    };
    const device = polled(() => ({ drained: () => {}, pending: fail('no pending'), idle: fail('no idle') }));
    const host = await plug(device, { onError: 'record' });
    host.write32(0, 0, 1);
    await turn();
    expect(new Set(host.errors.map(({ where }) => where))).toEqual(new Set(['pending handler', 'idle handler']));
  });

  it.each([
    ['pending', { pending: () => true }, 'pending without drained'],
    ['idle', { drained: () => {}, idle: () => {} }, 'idle without pending'],
  ])('refuse %s alone', async (_name, handlers, message) => {
    await expect(plug(polled(() => handlers))).rejects.toThrow(message);
  });
});

describe('code that replaces other code', () => {
  const version = (step: number, reset = 0) =>
    defineDevice({
      name: 'edited',
      identity,
      bars: [bar(0, { size: 4096, registers: { COUNT: reg32(0, { reset }), KEPT: reg32(4) } })],
      setup({ saved, regs }) {
        let calls = (saved as number | undefined) ?? 0;
        return {
          write: {
            COUNT() {
              calls += step;
              regs.KEPT.value += step;
            },
          },
          save: () => calls,
          ...(step === 2 && { read: { COUNT: () => 100 + calls } }),
        };
      },
    });

  it('has the same structure if only handlers are different', () => {
    const instance = (...args: [number, number?]) => new DeviceInstance(version(...args));
    expect(instance(1).hasStructureOf(instance(2))).toBe(true);
    expect(instance(1).hasStructureOf(instance(1, 7))).toBe(false);
  });

  it('keeps the registers, and what the old code has saved', async () => {
    const host = await plug(version(1));
    host.write32(0, 0, 9);
    expect(host.read32(0, 0)).toBe(9);
    expect(host.replace(new DeviceInstance(version(2)))).toBe(true);
    host.write32(0, 0, 9);
    expect([host.read32(0, 0), host.read32(0, 4)]).toEqual([103, 3]);
    expect(host.replace(new DeviceInstance(version(1)))).toBe(true);
    expect(host.read32(0, 0)).toBe(9);
    expect(host.replace(new DeviceInstance(version(1, 7)))).toBe(false);
  });
});

describe('ram BARs', () => {
  const context: { ctx?: DeviceContext } = {};
  const device = defineDevice({
    name: 'frames',
    identity,
    bars: [bar(0, { size: 4096, registers: { A: reg32(0) } }), bar(2, { size: 32 * 1024 * 1024, kind: 'ram' })],
    interrupts: { msix: 1 },
    setup(ctx) {
      context.ctx = ctx as unknown as DeviceContext;
      ctx.memory(2)[0] = 0xab;
      return {};
    },
  });

  it('are memory that driver and device share, and that resets leave alone', async () => {
    const host = await plug(device);
    expect(host.read8(2, 0)).toBe(0xab);
    host.write32(2, 0x1ff_fffc, 0x12345678);
    expect([...(context.ctx?.memory(2).subarray(-4) ?? [])]).toEqual([0x78, 0x56, 0x34, 0x12]);
    host.reset('flr');
    expect(host.read32(2, 0x1ff_fffc)).toBe(0x12345678);
    expect(host.read32(2, 0x200_0000)).toBe(0xffff_ffff);
    expect(() => context.ctx?.memory(0)).toThrow('memory(0): BAR 0 is not a ram BAR of this device; those are: 2');
  });

  it('stay with the device when other code takes over', async () => {
    const host = await plug(device);
    host.write8(2, 5, 7);
    expect(host.replace(new DeviceInstance(device))).toBe(true);
    expect([host.read8(2, 5), context.ctx?.memory(2)[5]]).toEqual([7, 7]);
  });
});

describe('power states', () => {
  const calls: unknown[] = [];
  const device = (noSoftReset: boolean) =>
    defineDevice({
      name: 'sleepy',
      identity,
      bars: [bar(0, { size: 4096, registers: { A: reg32(0, { reset: 5 }) } })],
      capabilities: [pm({ noSoftReset })],
      setup: () => ({ power: (state) => void calls.push(state), reset: (kind) => void calls.push(kind) }),
    });
  const PMCSR = 0x44;

  it('are told to the device, whose registers answer only in D0', async () => {
    const host = await plug(device(true));
    host.write32(0, 0, 9);
    host.writeConfig16(PMCSR, 3);
    expect(host.read32(0, 0)).toBe(0xffff_ffff);
    host.writeConfig16(PMCSR, 0);
    expect(host.read32(0, 0)).toBe(9);
    expect(calls.splice(0)).toEqual(['D3hot', 'D0']);
  });

  it('end in a reset without No_Soft_Reset', async () => {
    const host = await plug(device(false));
    host.write32(0, 0, 9);
    host.writeConfig16(PMCSR, 3);
    host.writeConfig16(PMCSR, 0);
    host.writeConfig16(4, 6);
    expect(host.read32(0, 0)).toBe(5);
    expect(calls.splice(0)).toEqual(['D3hot', 'D0', 'd3']);
  });
});

describe('multi-function devices', () => {
  const fn = (device: number, interrupts: { msix: number }) =>
    deviceSpec({
      identity: { ...identity, device },
      bars: [bar(0, { size: 4096, registers: { ID: reg32(0, { reset: device }), GO: reg32(4), LATER: reg32(8) } })],
      interrupts,
      setup: ({ irq, dma, regs, log }) => ({
        read: {
          LATER(ctx) {
            const answer = ctx.defer();
            queueMicrotask(() => answer.complete(device));
            return answer;
          },
        },
        write: {
          GO(value) {
            log(`function ${device}`);
            regs.ID.value = dma.read(value * 4096, 4)[0] ?? 0;
            irq.raise(1);
          },
        },
      }),
    });
  const device = defineDevice({
    name: 'several',
    ...fn(0x10, { msix: 2 }),
    functions: [fn(0x11, { msix: 4 })],
  } as never);

  it('have an identity, registers, DMA and interrupts in each function', async () => {
    const host = await plug(device, { capture: true });
    const [first, second] = host.functions;
    if (!first || !second) throw new Error('two functions are there');
    expect(first).toBe(host);
    expect([first, second].map((each) => each.readConfig32(0))).toEqual([0x0010_1234, 0x0011_1234]);
    expect([first, second].map((each) => each.readConfig8(0x0e))).toEqual([0x80, 0x80]);
    const memory = host.memory.alloc(4096);
    memory.bytes[0] = 0x77;
    second.write32(0, 4, memory.address / 4096);
    await second.waitForIrq(1);
    expect([first.irqs, second.irqs]).toEqual([[], [1]]);
    expect([first.read32(0, 0), second.read32(0, 0)]).toEqual([0x10, 0x77]);
    expect([await first.readLater(0, 8, 4), await second.readLater(0, 8, 4)]).toEqual([0x10n, 0x11n]);
    second.reset('flr');
    second.enable();
    expect([first.read32(0, 0), second.read32(0, 0)]).toEqual([0x10, 0x11]);
    expect(host.capture().length).toBeGreaterThan(1000);
    host.close();
    expect(second.read32(0, 0)).toBe(0xffff_ffff);
  });

  it('have eight functions at most', () => {
    const functions = Array.from({ length: 8 }, (_, n) => fn(n, { msix: 1 }));
    const many = defineDevice({ name: 'many', ...fn(0, { msix: 1 }), functions } as never);
    expect(() => new DeviceInstance(many as DeviceDefinition)).toThrow('functions: 9 are too many');
  });
});
