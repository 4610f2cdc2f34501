import { plug } from '@pciem/sdk/testing';
import { describe, expect, it } from 'vitest';
import nvme from './nvme.ts';
import { CC_ENABLE, Driver, noise } from './testing/driver.ts';

const READY = 1;
const FATAL = 2;
const SHUTDOWN_COMPLETE = 8;

describe('registers after plugging', () => {
  it('shows capabilities and version', async () => {
    const host = await plug(nvme);
    const low = host.read32(0, 0x00);
    const high = host.read32(0, 0x04);
    expect({ mqes: low & 0xffff, cqr: (low >>> 16) & 1, ams: (low >>> 17) & 3, to: low >>> 24 }).toEqual({
      mqes: 4095,
      cqr: 1,
      ams: 0,
      to: 60,
    });
    expect({
      dstrd: high & 0xf,
      nvm: (high >>> 5) & 1,
      mpsmin: (high >>> 16) & 0xf,
      mpsmax: (high >>> 20) & 0xf,
    }).toEqual({ dstrd: 0, nvm: 1, mpsmin: 0, mpsmax: 4 });
    expect(host.read32(0, 0x08)).toBe(0x10400);
    expect(host.read32(0, 0x14)).toBe(0);
    expect(host.read32(0, 0x1c)).toBe(0);
    host.close();
  });

  it('has the class code of NVMe and one vector more than queues', async () => {
    const host = await plug(nvme, { options: { queues: 7 } });
    expect(host.readConfig32(0x08) >>> 8).toBe(0x010802);
    let at = host.readConfig8(0x34);
    while (at !== 0 && host.readConfig8(at) !== 0x11) at = host.readConfig8(at + 1);
    expect((host.readConfig16(at + 2) & 0x7ff) + 1).toBe(8);
    host.close();
  });

  it('keeps read-only bits', async () => {
    const host = await plug(nvme);
    host.write32(0, 0x00, 0);
    host.write32(0, 0x1c, 0xffff_ffff);
    host.write32(0, 0x28, 0xffff_ffff);
    expect(host.read32(0, 0x00)).not.toBe(0);
    expect(host.read32(0, 0x1c)).toBe(0);
    expect(host.read32(0, 0x28)).toBe(0xffff_f000);
    host.close();
  });

  it('sets and clears the interrupt mask through INTMS and INTMC', async () => {
    const host = await plug(nvme);
    host.write32(0, 0x0c, 0x8000_000f);
    host.write32(0, 0x10, 0x0000_0003);
    expect(host.read32(0, 0x0c)).toBe(0x8000_000c);
    expect(host.read32(0, 0x10)).toBe(0x8000_000c);
    host.close();
  });
});

describe('enabling', () => {
  it('becomes ready, and not ready when disabled', async () => {
    const driver = await Driver.start();
    expect(driver.csts).toBe(READY);
    driver.disable();
    expect(driver.csts).toBe(0);
    driver.host.close();
  });

  it.each([
    ['command set', CC_ENABLE | (1 << 4)],
    ['memory page size', CC_ENABLE | (5 << 7)],
    ['arbitration', CC_ENABLE | (1 << 11)],
  ])('reports a fatal status for a %s that is not supported', async (_name, cc) => {
    const driver = new Driver(await plug(nvme));
    driver.enable(32, cc);
    expect(driver.csts).toBe(FATAL);
    driver.disable();
    expect(driver.csts).toBe(0);
    driver.enable();
    expect(driver.csts).toBe(READY);
    driver.host.close();
  });

  it.each([
    ['AQA.ASQS 0', 0x24, 0x001f_0000],
    ['AQA.ACQS 0', 0x24, 0x0000_001f],
  ])('reports a fatal status for %s', async (_name, register, value) => {
    const driver = new Driver(await plug(nvme));
    driver.enable(32, CC_ENABLE & ~1);
    driver.host.write32(0, register, value);
    driver.cc = CC_ENABLE;
    expect(driver.csts).toBe(FATAL);
    driver.host.close();
  });

  it.each([
    ['ASQ', 0x28],
    ['ACQ', 0x30],
  ])('reports a fatal status when %s was never written', async (_name, register) => {
    const driver = new Driver(await plug(nvme));
    driver.enable(32, CC_ENABLE & ~1);
    driver.host.write64(0, register, 0n);
    driver.cc = CC_ENABLE;
    expect(driver.csts).toBe(FATAL);
    driver.host.close();
  });

  it('reports a fatal status for queues that do not start a memory page of CC.MPS', async () => {
    const driver = new Driver(await plug(nvme));
    driver.enable(32, CC_ENABLE & ~1);
    const { address } = driver.admin.sq;
    driver.host.write32(0, 0x28, (address % 2 ** 32) | 0x1000);
    driver.cc = CC_ENABLE | (4 << 7);
    expect(driver.csts).toBe(FATAL);
    driver.host.close();
  });

  it('keeps AQA, ASQ and ACQ across a controller reset', async () => {
    const driver = await Driver.start();
    const before = [0x24, 0x28, 0x2c, 0x30, 0x34].map((offset) => driver.host.read32(0, offset));
    driver.disable();
    expect([0x24, 0x28, 0x2c, 0x30, 0x34].map((offset) => driver.host.read32(0, offset))).toEqual(before);
    driver.host.close();
  });

  it('works with memory pages of 64 KiB', async () => {
    const driver = new Driver(await plug(nvme));
    const { memory } = driver.host;
    // Allocations are page aligned only: skip to the next multiple of 64 KiB.
    const align = () => {
      for (;;) {
        const one = memory.alloc(0x1000);
        if ((one.address + 0x2000) % 0x10000 === 0) return;
      }
    };
    align();
    driver.enable(2, CC_ENABLE & ~1);
    expect(driver.admin.sq.address % 0x10000).toBe(0);
    align();
    const acq = memory.alloc(32);
    driver.host.write32(0, 0x30, acq.address % 2 ** 32);
    driver.cc = CC_ENABLE | (4 << 7);
    expect(driver.csts).toBe(READY);
    driver.host.close();
  });
});

describe('the admin queue', () => {
  it('reports a fatal status when its memory cannot be read, and recovers by reset', async () => {
    const driver = await Driver.start();
    driver.host.memory.free(driver.admin.sq);
    driver.admin.put({ opcode: 0x06, dwords: [1] });
    driver.admin.ringTail();
    expect(driver.csts).toBe(READY | FATAL);
    expect(driver.host.logs.at(-1)?.text).toContain('submission queue 0');
    driver.disable();
    driver.enable();
    expect(driver.csts).toBe(READY);
    expect(await driver.identify(1)).toHaveLength(4096);
    driver.host.close();
  });

  it('reports a fatal status when completions cannot be written', async () => {
    const driver = await Driver.start();
    driver.host.memory.free(driver.admin.cq);
    driver.admin.put({ opcode: 0x06, dwords: [1] });
    driver.admin.ringTail();
    expect(driver.csts).toBe(READY | FATAL);
    driver.host.close();
  });
});

describe('resets', () => {
  it('forgets queues in the middle of work and keeps the data', async () => {
    const driver = await Driver.start();
    const data = noise(4096, 1);
    expect(await driver.write(8, data)).toBe(0);
    for (let i = 0; i < 10; i++) driver.first.put({ opcode: 0x00, nsid: 1 });
    driver.disable();
    driver.first.ringTail();
    expect(driver.first.take()).toBeUndefined();
    driver.enable();
    await driver.createQueues(1, 16);
    expect(await driver.read(8, 4096)).toEqual(data);
    driver.host.close();
  });

  it.each(['flr', 'bus', 'd3'] as const)('starts again after a reset of kind %s', async (kind) => {
    const driver = await Driver.start();
    const data = noise(512, 3);
    await driver.write(0, data);
    const bars = [0x04, 0x10, 0x14].map((offset) => driver.host.readConfig32(offset));
    driver.host.reset(kind);
    [0x10, 0x14, 0x04].forEach((offset, i) => {
      driver.host.writeConfig32(offset, [bars[1], bars[2], bars[0]][i] as number);
    });
    expect([driver.cc, driver.csts, driver.host.read32(0, 0x24)]).toEqual([0, 0, 0]);
    driver.enable();
    await driver.createQueues(1, 16);
    expect(await driver.read(0, 512)).toEqual(data);
    driver.host.close();
  });
});

describe('shutdown', () => {
  it.each([
    ['normal', 1],
    ['abrupt', 2],
  ])('completes a %s one, takes no more commands and starts again after a reset', async (_name, notification) => {
    const driver = await Driver.start();
    driver.cc = driver.cc | (notification << 14);
    expect(driver.csts).toBe(READY | SHUTDOWN_COMPLETE);
    driver.admin.put({ opcode: 0x06, dwords: [1] });
    driver.admin.ringTail();
    expect(driver.admin.take()).toBeUndefined();
    driver.disable();
    expect(driver.csts).toBe(0);
    driver.enable();
    expect(driver.csts).toBe(READY);
    expect(await driver.identify(1)).toHaveLength(4096);
    driver.host.close();
  });
});
