import edu from '@pciem/plugin-edu';
import watchdog from '@pciem/plugin-watchdog';
import { bar, CompletionStatus, defineDevice, range, reg8, reg16, reg32, reg64, w1c } from '@pciem/sdk';
import { plug } from '@pciem/sdk/testing';
import { describe, expect, test } from 'vitest';
import { blankDevice } from '../testing/blank.ts';
import type { ProxyParts } from './proxy.ts';
import { proxyDevice } from './proxy-device.ts';
import type { ModelAccess, ModelSource } from './source.ts';

const parts: ProxyParts = { mode: 'hook', hooks: () => [], explain: false };
const identity = { vendor: 0x1234, device: 1, class: 0xff0000 };
const blank = blankDevice('blank', identity, [{ index: 0, size: 4096, bits: 32, prefetchable: false }]);

const answering = (source: ModelSource): ProxyParts => ({ ...parts, hooks: () => [source] });

describe('a device of which nothing is known', () => {
  test('remembers what was written, of any size', async () => {
    const host = await plug(proxyDevice(blank, { unmapped: 0 }, parts));
    expect(host.read32(0, 0x10)).toBe(0);
    host.write32(0, 0x10, 0xdead_beef);
    host.write8(0, 0x11, 0x12);
    host.write64(0, 0x20, 0x1122_3344_5566_7788n);
    expect([host.read32(0, 0x10), host.read16(0, 0x12), host.read64(0, 0x20)]).toEqual([
      0xdead_12ef,
      0xdead,
      0x1122_3344_5566_7788n,
    ]);
    host.reset();
    host.writeConfig16(4, 6);
    expect(host.read32(0, 0x10)).toBe(0);
  });

  test('reads as ones on demand, and holds a dump', async () => {
    const dumps = new Map([[0, Uint8Array.of(1, 2, 3, 4)]]);
    const host = await plug(proxyDevice(blank, { unmapped: 0xff, dumps }, parts));
    expect([host.read32(0, 0), host.read32(0, 4)]).toEqual([0x0403_0201, 0xffff_ffff]);
  });
});

describe('a device behind the proxy', () => {
  test('works as without it: its masks, its handlers, 8 bytes at once', async () => {
    const device = defineDevice({
      name: 'sample',
      identity,
      interrupts: { msix: 2 },
      bars: [
        bar(0, {
          size: 4096,
          registers: {
            ID: reg32(0, { access: 'ro', reset: 0xc0ffee }),
            STATUS: reg16(4, { fields: { DONE: w1c(0) } }),
            ONCE: reg8(6, { access: 'rc', reset: 5 }),
            WIDE: reg64(8, { write: (value, ctx) => ctx.log(`wide ${value}`) }),
            LATER: reg32(0x10),
          },
          ranges: { WINDOW: range(0x100, { length: 0x10, read: (offset, size) => offset * 16 + size }) },
        }),
      ],
      setup: ({ regs, irq }) => ({
        read: {
          LATER(ctx) {
            const deferred = ctx.defer<number>();
            setTimeout(() => deferred.complete(77), 1);
            return deferred;
          },
        },
        write: {
          STATUS() {
            regs.STATUS.DONE = 1;
            irq.raise(1);
          },
        },
      }),
    });
    const host = await plug(proxyDevice(device, {}, parts));
    expect([host.read32(0, 0), host.read8(0, 6), host.read8(0, 6)]).toEqual([0xc0ffee, 5, 0]);
    host.write16(0, 4, 0);
    await host.waitForIrq(1);
    expect(host.read16(0, 4)).toBe(1);
    host.write64(0, 8, 2n ** 40n);
    expect(host.logs.map(({ text }) => text)).toEqual([`wide ${2n ** 40n}`]);
    expect([host.read64(0, 8), host.read16(0, 0x104)]).toEqual([2n ** 40n, 0x42]);
    expect(await host.readLater(0, 0x10, 4)).toBe(77n);
  });

  test("has its registers in configuration space: the watchdog's", async () => {
    const host = await plug(proxyDevice(watchdog, {}, parts), { interrupts: 'intx' });
    host.writeConfig8(0x68, 2);
    expect(host.readConfig8(0x68)).toBe(2);
    host.writeConfig8(0x68, 1);
    host.writeConfig8(0x68, 0);
    expect(host.readConfig8(0x68)).toBe(1);
    host.close();
  });

  test('shares memory with the driver', async () => {
    const device = defineDevice({
      name: 'framebuffer',
      identity,
      bars: [bar(0, { size: 4096, registers: { SUM: reg32(0) } }), bar(2, { size: 8192, kind: 'ram' })],
      setup: (ctx) => ({ read: { SUM: () => ctx.memory(2).reduce((sum, byte) => sum + byte, 0) } }),
    });
    const host = await plug(proxyDevice(device, {}, parts));
    host.write32(2, 0x100, 0x0102_0304);
    expect([host.read32(0, 0), host.read32(2, 0x100)]).toEqual([10, 0x0102_0304]);
  });

  test('does DMA and interrupts: edu', async () => {
    const host = await plug(proxyDevice(edu, {}, parts), { interrupts: 'msi', options: { dmaMask: 2 ** 40 - 1 } });
    const memory = host.memory.alloc(64);
    memory.bytes.set([1, 2, 3]);
    host.write64(0, 0x80, BigInt(memory.address));
    host.write64(0, 0x88, 0x40000n);
    host.write64(0, 0x90, 3n);
    host.write64(0, 0x98, 5n);
    await host.waitForIrq(0);
    host.write32(0, 0x64, 0x100);
    host.write64(0, 0x80, 0x40000n);
    host.write64(0, 0x88, BigInt(memory.address + 8));
    host.write64(0, 0x98, 7n);
    await host.waitForIrq(0);
    expect(host.logs).toEqual([]);
    expect([...memory.bytes.subarray(8, 11)]).toEqual([1, 2, 3]);
  });
});

describe('sources', () => {
  test('the first that answers wins; mode log asks none of them', async () => {
    const seen: string[] = [];
    const hooks = () => [
      { read: ({ offset }: ModelAccess) => (offset === 4 ? { value: 1, by: 'first' } : undefined) },
      { read: ({ register }: ModelAccess) => void seen.push(register) },
      { read: () => ({ value: 2, by: 'third' }) },
    ];
    const host = await plug(proxyDevice(blank, { unmapped: 0 }, { ...parts, hooks, explain: true }));
    expect([host.read32(0, 4), host.read32(0, 8)]).toEqual([1, 2]);
    expect(seen).toEqual(['BAR 0 +0x8']);
    expect(host.logs.map(({ text }) => text)).toEqual([
      'read of BAR 0 +0x4 = 0x1: first',
      'read of BAR 0 +0x8 = 0x2: third',
    ]);
    const quiet = await plug(proxyDevice(blank, { unmapped: 0 }, { ...parts, hooks, mode: 'log' }));
    expect(quiet.read32(0, 4)).toBe(0);
  });

  test('answer later, with a completion status, or when a promise says so', async () => {
    const source: ModelSource = {
      read: ({ offset }) => {
        if (offset === 0) return { value: 3, delay: 5, by: '' };
        if (offset === 4) return { status: CompletionStatus.CA, by: '' };
        return Promise.resolve(offset === 8 ? { value: 9, by: '' } : undefined);
      },
    };
    const host = await plug(proxyDevice(blank, { unmapped: 0 }, answering(source)));
    host.write32(0, 12, 42);
    const read = (offset: number) => host.readLater(0, offset, 4);
    expect([await read(0), BigInt.asUintN(32, await read(4)), await read(8), await read(12)]).toEqual([
      3n,
      0xffff_ffffn,
      9n,
      42n,
    ]);
  });

  test('see writes, and may keep the device from them', async () => {
    const host = await plug(
      proxyDevice(blank, { unmapped: 0 }, answering({ write: ({ value }) => ({ drop: value > 9, by: '' }) })),
    );
    host.write32(0, 0, 5);
    host.write32(0, 0, 50);
    expect(host.read32(0, 0)).toBe(5);
  });
});
