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
  reg32,
  reg64,
  rw,
} from '../index.ts';
import { plug } from './index.ts';

const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };

// What hosts have to agree about is in test/contract, which runs against this host too.

/** A device for what drivers and tests do to it; `calls` says what its handlers were told. */
function everything() {
  const calls: unknown[] = [];
  let context: DeviceContext | undefined;
  const device = defineDevice({
    name: 'everything',
    identity,
    bars: [
      bar(0, {
        size: 4096,
        registers: {
          SCRATCH: reg32(0x04, { reset: 0x1234_5678 }),
          MODE: reg32(0x08, { reset: 0x50 }),
          WIDE: reg64(0x10, { access: 'rw', fields: { LOW: rw(0, 15), SPAN: rw(24, 47), TOP: rw(56, 63) } }),
        },
      }),
    ],
    interrupts: { msix: 4 },
    setup(ctx) {
      context = ctx;
      return {
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
