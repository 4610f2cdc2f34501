import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  AtomicOp,
  bar,
  type DeviceContext,
  DmaFault,
  DmaStatus,
  defineDevice,
  deviceSpec,
  dmaAtomic,
  dmaOp,
  isDeviceDefinitionError,
  isDeviceOptionsError,
  range,
  rc,
  reg8,
  reg16,
  reg32,
  reg64,
  ro,
  rw,
  w1c,
  w1s,
} from '../index.ts';
import { plug } from './index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

/** A device with a bit of everything; `calls` says what its handlers were told. */
function everything() {
  const calls: unknown[] = [];
  let context: DeviceContext | undefined;
  const device = defineDevice({
    name: 'everything',
    identity,
    bars: [
      bar(0, {
        size: 8192,
        registers: {
          ID: reg32(0x00, { reset: 0xc0ffee, access: 'ro' }),
          SCRATCH: reg32(0x04, { reset: 0x1234_5678 }),
          STAT: reg32(0x08, {
            fields: { DONE: w1c(0), ERR: w1c(1), GO: w1s(2), MODE: rw(4, 7, { reset: 5 }), BUSY: ro(8) },
          }),
          EVENTS: reg32(0x0c, { fields: { SEEN: rc(0, 3) } }),
          WIDE: reg64(0x10, { access: 'rw', fields: { LOW: rw(0, 15), SPAN: rw(24, 47), TOP: rw(56, 63) } }),
          DOOR: reg32(0x18, { write: (value) => calls.push(['DOOR', value]) }),
          TIME: reg32(0x1c, { read: () => 0xdeadbeef }),
          B0: reg8(0x20, { write: (value) => calls.push(['B0', value]) }),
          B1: reg8(0x21),
          H2: reg16(0x22, { read: () => 0xabcd }),
          Q: reg64(0x28, { write: (value) => calls.push(['Q', value]), read: () => 0x1122334455667788n }),
          WO: reg32(0x30, { access: 'wo', write: (value) => calls.push(['WO', value]) }),
          LATER: reg32(0x34, { read: (ctx) => ctx.defer() }),
        },
        ranges: {
          bells: range(0x1000, { length: 0x100, write: (offset, value) => calls.push(['bells', offset, value]) }),
          window: range(0x1100, { length: 0x100, read: (offset, size) => offset * 16 + size }),
        },
      }),
    ],
    interrupts: { msix: 4 },
    setup(ctx) {
      context = ctx;
      return {
        write: { SCRATCH: (value, { access }) => calls.push(['SCRATCH', value, access.offset, access.size]) },
        reset: (kind) => calls.push(['reset', kind]),
        stop: () => calls.push(['stop']),
      };
    },
  });
  return { device, calls, ctx: () => context as DeviceContext<never> };
}

async function pluggedEverything() {
  const { device, calls, ctx } = everything();
  const host = await plug(device);
  return { host, calls, ctx: ctx() };
}

describe('registers', () => {
  it('have their reset values', async () => {
    const { host } = await pluggedEverything();
    expect(host.read32(0, 0x00)).toBe(0xc0ffee);
    expect(host.read32(0, 0x04)).toBe(0x12345678);
    expect(host.read32(0, 0x08)).toBe(0x50);
    expect(host.read32(0, 0x200)).toBe(0);
  });

  it('take writes as their access says', async () => {
    const { host, calls, ctx } = await pluggedEverything();
    host.write32(0, 0x00, 0);
    expect(host.read32(0, 0x00)).toBe(0xc0ffee);
    const { STAT } = ctx.regs as unknown as Record<'STAT', Record<string, number>>;
    Object.assign(STAT, { DONE: 1, ERR: 1, BUSY: 1 });
    host.write32(0, 0x08, 0x0000_0175);
    expect(host.read32(0, 0x08)).toBe(0x0000_0176);
    host.write32(0, 0x200, 0xffffffff);
    expect(host.read32(0, 0x200)).toBe(0);
    host.write32(0, 0x30, 7);
    expect(host.read32(0, 0x30)).toBe(0);
    expect(calls).toEqual([['WO', 7]]);
  });

  it('clear on read', async () => {
    const { host, ctx } = await pluggedEverything();
    (ctx.regs as unknown as { EVENTS: { SEEN: number } }).EVENTS.SEEN = 9;
    expect([host.read32(0, 0x0c), host.read32(0, 0x0c)]).toEqual([9, 0]);
  });

  it('are typed values to the device', async () => {
    const { host, ctx } = await pluggedEverything();
    const wide = (ctx.regs as unknown as { WIDE: { value: bigint; high: number } & Record<string, number> }).WIDE;
    host.write64(0, 0x10, 0x1122_3344_5566_7788n);
    expect([wide.value, wide.LOW, wide.SPAN, wide.TOP, wide.high]).toEqual([
      0x1122_3344_5566_7788n,
      0x7788,
      0x334455,
      0x11,
      0x11223344,
    ]);
    wide.SPAN = 0xabcdef;
    expect(wide.value).toBe(0x1122_abcd_ef66_7788n);
    expect(() => (wide.TOP = 256)).toThrow('WIDE.TOP: 256 does not fit; the field takes 0 to 255');
  });
});

describe('handlers', () => {
  it('are told what was written, after the image has changed', async () => {
    const { host, calls } = await pluggedEverything();
    host.write32(0, 0x18, 0xffff_ffff);
    host.write32(0, 0x04, 5);
    expect(calls).toEqual([
      ['DOOR', 0xffff_ffff],
      ['SCRATCH', 5, 4, 4],
    ]);
    expect(host.read32(0, 0x18)).toBe(0xffff_ffff);
  });

  it('get bytes that were not written from the register', async () => {
    const { host, calls } = await pluggedEverything();
    host.write8(0, 0x06, 0xee);
    host.write16(0, 0x2a, 0x9999);
    expect(calls).toEqual([
      ['SCRATCH', 0x12ee_5678, 6, 1],
      ['Q', 0x0000_0000_9999_0000n],
    ]);
  });

  it('are called for each register that one access covers', async () => {
    const { host, calls } = await pluggedEverything();
    host.write64(0, 0x18, 0x1111_1111_2222_2222n);
    host.write32(0, 0x20, 0x0403_0201);
    expect(calls).toEqual([
      ['DOOR', 0x2222_2222],
      ['B0', 1],
    ]);
    expect(host.read8(0, 0x21)).toBe(2);
  });

  it('answer reads of every width', async () => {
    const { host } = await pluggedEverything();
    expect(host.read32(0, 0x1c)).toBe(0xdeadbeef);
    expect(host.read16(0, 0x1e)).toBe(0xdead);
    expect(host.read64(0, 0x18)).toBe(0xdeadbeef_00000000n);
    expect(host.read64(0, 0x28)).toBe(0x1122334455667788n);
    expect(host.read32(0, 0x2c)).toBe(0x11223344);
    host.write8(0, 0x21, 7);
    expect(host.read32(0, 0x20)).toBe(0xabcd_0700);
  });

  it('serve ranges, 8 bytes as two times 4', async () => {
    const { host, calls } = await pluggedEverything();
    host.write32(0, 0x1008, 3);
    host.write16(0, 0x1002, 0xffff);
    host.write64(0, 0x1010, 0x2_0000_0001n);
    expect(calls).toEqual([
      ['bells', 8, 3],
      ['bells', 2, 0xffff],
      ['bells', 0x10, 1],
      ['bells', 0x14, 2],
    ]);
    expect(host.read32(0, 0x1008)).toBe(0);
    expect([host.read32(0, 0x1110), host.read8(0, 0x1101)]).toEqual([0x104, 0x11]);
    expect(host.read64(0, 0x1100)).toBe(0x0000_0044_0000_0004n);
  });

  it('hear of resets after registers are back', async () => {
    const { host, calls } = await pluggedEverything();
    host.write32(0, 0x04, 5);
    host.write32(0, 0x08, 0x10);
    host.reset('bus');
    host.writeConfig16(0x04, 0x0006);
    expect(calls.at(-1)).toEqual(['reset', 'bus']);
    expect([host.read32(0, 0x04), host.read32(0, 0x08)]).toEqual([0x12345678, 0x50]);
    host.close();
    host.close();
    expect(calls.at(-1)).toEqual(['stop']);
    expect(host.read32(0, 0)).toBe(0xffff_ffff);
  });

  it('may answer later', async () => {
    const { promise, resolve } = Promise.withResolvers<{ complete(v: number): void; fail(): void }>();
    const device = defineDevice({
      name: 'later',
      identity,
      bars: [bar(0, { size: 4096, registers: { R: reg32(0) } })],
      setup: (ctx) => ({
        read: {
          R() {
            const answer = ctx.defer();
            resolve(answer);
            return answer;
          },
        },
      }),
    });
    const host = await plug(device);
    const read = host.readLater(0, 2, 2);
    (await promise).complete(0xabcd_1234);
    expect(await read).toBe(0xabcdn);
    const answered = await promise;
    expect(() => answered.complete(1)).toThrow('only once');
    expect(() => host.read32(0, 0)).toThrow('use readLater');
    expect(await host.readLater(0, 0, 4, 5)).toBe(0xffff_ffffn);
    expect(() => host.read64(0, 0)).toThrow('within the one register');
  });

  it('that throw make the driver read all-ones', async () => {
    const device = defineDevice({
      name: 'broken',
      identity,
      bars: [
        bar(0, {
          size: 4096,
          registers: {
            R: reg32(0, {
              read() {
                throw new Error('no');
              },
            }),
            U: reg32(4, { read: () => undefined as never }),
          },
        }),
      ],
    });
    const quiet = await plug(device, { onError: 'record' });
    expect([quiet.read32(0, 0), quiet.read16(0, 4)]).toEqual([0xffff_ffff, 0xffff]);
    expect(quiet.errors.map(({ where, error }) => `${where}: ${(error as Error).message}`)).toEqual([
      'read of R: no',
      'read of U: the read handler of U returned undefined; return a number',
    ]);
    const loud = await plug(device);
    expect(() => loud.read32(0, 0)).toThrow('no');
  });
});

describe('DMA', () => {
  it('reaches what the driver has mapped', async () => {
    const { host, ctx } = await pluggedEverything();
    const { address, bytes } = host.memory.alloc(4096);
    ctx.dma.write(address + 4, Uint8Array.of(1, 2, 3));
    expect([...bytes.subarray(3, 8)]).toEqual([0, 1, 2, 3, 0]);
    expect([...ctx.dma.read(address + 5, 2)]).toEqual([2, 3]);
  });

  it('is refused everywhere else, with the reason', async () => {
    const { host, ctx } = await pluggedEverything();
    const inward = host.memory.alloc(100, { direction: 'from-device' });
    const outward = host.memory.alloc(100, { direction: 'to-device' });
    const data = new Uint8Array(8);
    const status = (action: () => unknown) => {
      try {
        action();
        return DmaStatus.OK;
      } catch (error) {
        expect(error).toBeInstanceOf(DmaFault);
        return (error as DmaFault).status;
      }
    };
    expect(status(() => ctx.dma.write(inward.address, data))).toBe(DmaStatus.OK);
    expect(status(() => ctx.dma.read(inward.address, 8))).toBe(DmaStatus.DIRECTION);
    expect(status(() => ctx.dma.write(outward.address, data))).toBe(DmaStatus.DIRECTION);
    expect(status(() => ctx.dma.read(outward.address + 93, 8))).toBe(DmaStatus.PAST_END);
    expect(status(() => ctx.dma.read(0x1000, 8))).toBe(DmaStatus.UNMAPPED);
    host.memory.free(outward);
    expect(status(() => ctx.dma.read(outward.address, 8))).toBe(DmaStatus.UNMAPPED);
    host.writeConfig16(0x04, 0x0002);
    expect(status(() => ctx.dma.write(inward.address, data))).toBe(DmaStatus.BUS_MASTER_OFF);
    host.close();
    expect(status(() => ctx.dma.write(inward.address, data))).toBe(DmaStatus.GONE);
  });

  it('stops at the page that is not mapped', async () => {
    const { host, ctx } = await pluggedEverything();
    const { address, bytes } = host.memory.alloc(4096);
    const op = { ...dmaOp(new Uint8Array(8).fill(7)), address: address + 4090, write: true };
    expect(ctx.dma.transfer([op])).toBe(1);
    expect([op.status, op.done]).toEqual([DmaStatus.UNMAPPED, 6]);
    expect([...bytes.subarray(4088)]).toEqual([0, 0, 7, 7, 7, 7, 7, 7]);
  });

  it('never reaches past the end of a buffer', async () => {
    const { ctx } = await pluggedEverything();
    const op = dmaOp(new Uint8Array(16));
    for (const bad of [{ offset: 8, length: 9 }, { offset: -1 }, { length: 0 }, { length: Number.NaN }]) {
      expect(() => ctx.dma.transfer([{ ...op, ...bad }])).toThrow('transfer: op 0 uses');
    }
    expect(() => ctx.dma.transfer([{ ...op, address: -1 }])).toThrow('transfer: op 0 has the bus address -1');
    expect(() => ctx.dma.transfer([op], 2)).toThrow('there is no op 1');
  });

  it('carries out batches in order', async () => {
    const { host, ctx } = await pluggedEverything();
    const { address, bytes } = host.memory.alloc(64);
    const buffer = Uint8Array.from({ length: 16 }, (_, i) => i);
    const ops = [dmaOp(buffer), dmaOp(buffer), dmaOp(buffer), dmaOp(buffer)];
    Object.assign(ops[0] as object, { address, write: true, offset: 4, length: 4 });
    Object.assign(ops[1] as object, { address: 8, write: true, length: 4 });
    Object.assign(ops[2] as object, { address, offset: 0, length: 2 });
    expect(ctx.dma.transfer(ops, 3)).toBe(1);
    expect([...bytes.subarray(0, 4)]).toEqual([4, 5, 6, 7]);
    expect(ops.map(({ status, done }) => [status, done])).toEqual([
      [0, 4],
      [2, 0],
      [0, 2],
      [0, 0],
    ]);
    expect([...buffer.subarray(0, 3)]).toEqual([4, 5, 2]);
  });
});

describe('AtomicOps', () => {
  it('wrap around, and say what was there', async () => {
    const { host, ctx } = await pluggedEverything();
    const { address, bytes } = host.memory.alloc(16);
    bytes.fill(0xff, 0, 4);
    expect(ctx.dma.fetchAdd(address, 2)).toBe(0xffff_ffff);
    expect([...bytes.subarray(0, 8)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(ctx.dma.fetchAdd(address, -2)).toBe(1);
    expect(ctx.dma.swap(address, 5n)).toBe(0xffff_ffffn);
    expect(ctx.dma.compareSwap(address, 6n, 7n)).toBe(5n);
    expect(ctx.dma.compareSwap(address, 5, 6)).toBe(5);
    expect(bytes[0]).toBe(6);
  });

  it('are refused with a reason, or checked before', async () => {
    const { host, ctx } = await pluggedEverything();
    const { address } = host.memory.alloc(64, { direction: 'from-device' });
    expect(() => ctx.dma.fetchAdd(address, 1)).toThrow(
      'DMA fetch-and-add of 4 bytes at 0x100000000 refused: the DMA map',
    );
    expect(() => ctx.dma.swap(address + 4, 1n)).toThrow(
      'swap: the bus address 0x100000004 is not a multiple of 8 bytes',
    );
    expect(() => ctx.dma.compareSwap(address, new Uint8Array(16), new Uint8Array(8))).toThrow(
      'must have the same size',
    );
    expect(() => ctx.dma.compareSwap(address, new Uint8Array(5), new Uint8Array(5))).toThrow(
      '5 bytes; use 4 or 8 or 16',
    );
    const op = { ...dmaAtomic(), address, op: AtomicOp.SWAP, size: 16 };
    expect(() => ctx.dma.atomic(op)).toThrow('swap: 16 bytes; use 4 or 8');
    expect(ctx.dma.atomic({ ...op, size: 4 })).toBe(DmaStatus.DIRECTION);
  });
});

describe('mapped memory', () => {
  it('is shared, and only coherent memory can be', async () => {
    const { host, ctx } = await pluggedEverything();
    const queue = host.memory.alloc(8192);
    const view = ctx.dma.map(queue.address + 100, 200);
    view[1] = 7;
    expect(queue.bytes[101]).toBe(7);
    expect(() => ctx.dma.map(queue.address + 8000, 200)).toThrow(
      'it is not all in one live mapping of coherent memory',
    );
    const streaming = host.memory.alloc(64, { direction: 'to-device' });
    expect(() => ctx.dma.map(streaming.address, 64)).toThrow(DmaFault);
    expect(() => ctx.dma.map(queue.address, 0)).toThrow('map: 0 bytes; ask for at least 1');
    host.memory.free(queue);
    expect(view[1]).toBe(0);
  });
});

describe('interrupts', () => {
  it('arrive by vector', async () => {
    const { host, ctx } = await pluggedEverything();
    const wait = host.waitForIrq(2);
    expect(ctx.irq.raise(2)).toBe('delivered');
    await wait;
    ctx.irq.raise(0);
    ctx.irq.raise(2);
    expect(host.irqs).toEqual([2, 0, 2]);
    await Promise.all([host.waitForIrq(0), host.waitForIrq(2)]);
    await expect(host.waitForIrq(2, 1)).rejects.toThrow('no interrupt on vector 2 within 1 ms');
  });

  it('obey enable, masks and bus mastering', async () => {
    const { host, ctx } = await pluggedEverything();
    expect(ctx.irq.raise(4)).toBe('refused');
    const msixControl = 0x86;
    host.write32(4, 16 * 3 + 12, 1);
    expect(ctx.irq.raise(3)).toBe('pending');
    expect(host.read32(4, 2048)).toBe(1 << 3);
    host.write32(4, 16 * 3 + 12, 0);
    expect(host.irqs).toEqual([3]);
    expect(host.read32(4, 2048)).toBe(0);
    host.writeConfig16(msixControl, 0xc000);
    expect(ctx.irq.raise(1)).toBe('pending');
    host.writeConfig16(msixControl, 0x8000);
    expect(host.irqs).toEqual([3, 1]);
    host.writeConfig16(msixControl, 0);
    expect(ctx.irq.raise(1)).toBe('refused');
  });
});

describe('options', () => {
  const sized = defineDevice({
    name: 'sized',
    options: z.object({ size: z.coerce.number().int().default(4096) }),
    device: ({ size }) =>
      deviceSpec({ identity, bars: [bar(0, { size, registers: { A: reg32(0, { reset: size }) } })] }),
  });

  it('shape the device', async () => {
    expect((await plug(sized)).read32(0, 0)).toBe(4096);
    expect((await plug(sized, { options: { size: '8192' } })).read32(0, 0)).toBe(8192);
  });

  it('are checked', async () => {
    const error = await plug(sized, { options: { size: 'big' } }).catch((reason) => reason);
    expect(isDeviceOptionsError(error)).toBe(true);
    expect(error.message).toMatch(/^device sized: option size: /);
    const bad = await plug(sized, { options: { size: 100 } }).catch((reason) => reason);
    expect(isDeviceDefinitionError(bad)).toBe(true);
    const none = await plug(everything().device, { options: { a: 1 } as never }).catch((reason) => reason);
    expect(none.message).toBe('device everything: unknown option a: this device takes no options');
  });
});

describe('logs and timers', () => {
  it('work from anywhere', async () => {
    vi.useFakeTimers();
    const device = defineDevice({
      name: 'timer',
      identity,
      bars: [bar(0, { size: 4096, registers: { START: reg32(0) } })],
      interrupts: { msix: 1 },
      setup: ({ irq, log }) => ({
        write: {
          START(ms) {
            log('in %d ms', ms);
            setTimeout(() => log.warn('raised', irq.raise(0)), ms);
          },
        },
      }),
    });
    const host = await plug(device);
    host.write32(0, 0, 50);
    const irq = host.waitForIrq(0);
    vi.advanceTimersByTime(50);
    await irq;
    vi.useRealTimers();
    expect(host.logs).toEqual([
      { level: 'log', text: 'in 50 ms' },
      { level: 'warn', text: 'raised delivered' },
    ]);
  });
});
