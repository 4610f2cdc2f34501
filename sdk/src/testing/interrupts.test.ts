import { describe, expect, it } from 'vitest';
import { bar, type DeviceContext, defineDevice, type Interrupts, reg32 } from '../index.ts';
import { plug } from './index.ts';

const COMMAND = 0x04;
const STATUS = 0x06;
const MEMORY_AND_MASTER = 0x06;
const INTX_DISABLE = 0x400;
const INTERRUPT_STATUS = 0x08;

async function plugged(interrupts: Interrupts, use?: 'msix' | 'msi' | 'intx') {
  const contexts: DeviceContext[] = [];
  const device = defineDevice({
    name: 'interrupting',
    identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
    bars: [bar(0, { size: 4096, registers: { A: reg32(0) } })],
    capabilities: [],
    interrupts,
    setup(ctx) {
      contexts.push(ctx as unknown as DeviceContext);
      return {};
    },
  });
  const host = await plug(device, use ? { interrupts: use } : {});
  return { host, irq: (contexts[0] as DeviceContext).irq };
}

describe('INTx', () => {
  it('is a level, with its status bit', async () => {
    const { host, irq } = await plugged({ intx: 'B' });
    expect([host.readConfig8(0x3d), host.intx, host.readConfig16(STATUS)]).toEqual([2, false, 0]);
    const waiting = host.waitForIntx();
    expect([irq.assert(), irq.assert()]).toEqual(['delivered', 'delivered']);
    await waiting;
    expect([host.intx, host.readConfig16(STATUS)]).toEqual([true, INTERRUPT_STATUS]);
    irq.deassert();
    irq.deassert();
    expect([host.intx, host.readConfig16(STATUS)]).toEqual([false, 0]);
    await expect(host.waitForIntx(1)).rejects.toThrow('INTx was not asserted within 1 ms');
    expect(irq.raise(0)).toBe('refused');
  });

  it('is held back by the driver, but for its status bit', async () => {
    const { host, irq } = await plugged({ intx: 'A' });
    host.writeConfig16(COMMAND, MEMORY_AND_MASTER | INTX_DISABLE);
    expect(irq.assert()).toBe('pending');
    expect([host.intx, host.readConfig16(STATUS)]).toEqual([false, INTERRUPT_STATUS]);
    host.writeConfig16(COMMAND, MEMORY_AND_MASTER);
    expect(host.intx).toBe(true);
    host.reset();
    expect([host.intx, host.readConfig16(STATUS)]).toEqual([false, 0]);
  });

  it('needs a pin', async () => {
    const { host, irq } = await plugged({ msi: 1 });
    expect([irq.assert(), host.intx]).toEqual(['refused', false]);
  });
});

describe('MSI', () => {
  it('sends what the driver has enabled', async () => {
    const { host, irq } = await plugged({ msi: 4, intx: 'A' });
    expect([irq.raise(3), irq.raise(4), host.irqs]).toEqual(['delivered', 'refused', [3]]);
    expect(irq.assert()).toBe('pending');
    host.writeConfig16(0x42, 0x0011);
    expect([irq.raise(1), irq.raise(2)]).toEqual(['delivered', 'refused']);
    host.writeConfig16(0x42, 0);
    expect(irq.raise(0)).toBe('refused');
  });

  it('has a capability of the right shape', async () => {
    const { host } = await plugged({ msi: 32 }, 'intx');
    expect(host.readConfig32(0x40)).toBe(0x018a_0005);
    for (let offset = 0x44; offset < 0x58; offset += 4) host.writeConfig32(offset, 0xffff_ffff);
    const read = [0x44, 0x48, 0x4c, 0x50, 0x54].map((offset) => host.readConfig32(offset));
    expect(read).toEqual([0xffff_fffc, 0xffff_ffff, 0xffff, 0xffff_ffff, 0]);
  });

  it('keeps masked vectors pending', async () => {
    const { host, irq } = await plugged({ msi: 8 });
    host.writeConfig32(0x50, 0b100);
    expect([irq.raise(2), irq.raise(1), host.irqs, host.readConfig32(0x54)]).toEqual([
      'pending',
      'delivered',
      [1],
      0b100,
    ]);
    host.writeConfig32(0x50, 0);
    expect([host.irqs, host.readConfig32(0x54)]).toEqual([[1, 2], 0]);
  });
});

it('lets the driver choose among all kinds', async () => {
  const all: Interrupts = { msix: 2, msi: 4, intx: 'A' };
  expect((await plugged(all)).irq.raise(1)).toBe('delivered');
  expect((await plugged(all)).irq.raise(3)).toBe('refused');
  expect((await plugged(all, 'msi')).irq.raise(3)).toBe('delivered');
  const { host, irq } = await plugged(all, 'intx');
  expect([irq.raise(0), irq.assert(), host.intx]).toEqual(['refused', 'delivered', true]);
});
