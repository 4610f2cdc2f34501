import { setImmediate } from 'node:timers/promises';
import { type PlugOptions, plug, type SimHost } from '@pciem/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import edu from './edu.ts';

const LIVENESS = 0x04;
const FACTORIAL = 0x08;
const STATUS = 0x20;
const IRQ_STATUS = 0x24;
const IRQ_RAISE = 0x60;
const IRQ_ACK = 0x64;
const DMA_SOURCE = 0x80;
const DMA_DESTINATION = 0x88;
const DMA_COUNT = 0x90;
const DMA_COMMAND = 0x98;
const BUFFER = 0x4_0000n;
const START = 1n;
const TO_MEMORY = 2n;
const IRQ_WHEN_DONE = 4n;

let host: SimHost;
const start = async (options: PlugOptions = {}) => {
  host = await plug(edu, { options: { dmaMask: '0xffffffffffff' }, ...options });
};

afterEach(() => host.close());

async function transfer(source: bigint, destination: bigint, count: number, command: bigint): Promise<void> {
  host.write64(0, DMA_SOURCE, source);
  host.write64(0, DMA_DESTINATION, destination);
  host.write64(0, DMA_COUNT, BigInt(count));
  host.write64(0, DMA_COMMAND, command);
  expect(host.read32(0, DMA_COMMAND) & 1).toBe(1);
  await setImmediate();
  expect(host.read32(0, DMA_COMMAND) & 1).toBe(0);
}

it('is alive', async () => {
  await start();
  host.write32(0, LIVENESS, 0x1234_5678);
  expect([host.read32(0, 0), host.read32(0, LIVENESS)]).toEqual([0x0100_00ed, 0xedcb_a987]);
  expect([host.readConfig32(0), host.readConfig32(8) >>> 8, host.readConfig8(0x3d)]).toEqual([
    0x11e8_1234, 0x00ff00, 1,
  ]);
});

describe('factorials', () => {
  it.each([
    [0, 1],
    [1, 1],
    [5, 120],
    [12, 479001600],
    [13, 1932053504],
    [33, 0x8000_0000],
    [34, 0],
    [0xffff_ffff, 0],
  ])('of %i is %i in 32 bits', async (n, result) => {
    await start();
    host.write32(0, FACTORIAL, n);
    expect(host.read32(0, STATUS)).toBe(1);
    host.write32(0, FACTORIAL, 3);
    await setImmediate();
    expect([host.read32(0, STATUS), host.read32(0, FACTORIAL)]).toEqual([0, result]);
  });

  it('interrupt if they are asked to', async () => {
    await start();
    host.write32(0, STATUS, 0xff);
    expect(host.read32(0, STATUS)).toBe(0x80);
    host.write32(0, FACTORIAL, 4);
    await host.waitForIrq(0);
    expect([host.read32(0, IRQ_STATUS), host.read32(0, FACTORIAL)]).toEqual([1, 24]);
  });

  it('are forgotten in a reset', async () => {
    await start();
    host.write32(0, FACTORIAL, 4);
    host.reset();
    await setImmediate();
    host.writeConfig16(4, 6);
    expect([host.read32(0, STATUS), host.read32(0, FACTORIAL)]).toEqual([0, 0]);
  });
});

describe('interrupts', () => {
  it('are MSI if the driver wants that', async () => {
    await start();
    host.write32(0, IRQ_RAISE, 0x30);
    host.write32(0, IRQ_RAISE, 0x02);
    expect([host.irqs, host.intx, host.read32(0, IRQ_STATUS)]).toEqual([[0, 0], false, 0x32]);
    host.write32(0, IRQ_ACK, 0x12);
    expect(host.read32(0, IRQ_STATUS)).toBe(0x20);
  });

  it('are INTx else, until all are acknowledged', async () => {
    await start({ interrupts: 'intx' });
    host.write32(0, IRQ_RAISE, 3);
    expect(host.intx).toBe(true);
    host.write32(0, IRQ_ACK, 1);
    expect(host.intx).toBe(true);
    host.write32(0, IRQ_ACK, 2);
    expect([host.intx, host.irqs]).toEqual([false, []]);
  });
});

describe('DMA', () => {
  it('goes through the buffer in both directions', async () => {
    await start();
    const { address, bytes } = host.memory.alloc(8192);
    bytes.set([1, 2, 3, 4, 5]);
    await transfer(BigInt(address), BUFFER + 100n, 5, START);
    await transfer(BUFFER + 101n, BigInt(address + 4096), 4, START | TO_MEMORY | IRQ_WHEN_DONE);
    expect([...bytes.subarray(4096, 4102)]).toEqual([2, 3, 4, 5, 0, 0]);
    expect([host.irqs, host.read32(0, IRQ_STATUS)]).toEqual([[0], 0x100]);
  });

  it('stays inside the buffer, and says what is wrong', async () => {
    await start();
    const { address } = host.memory.alloc(8192);
    await transfer(BigInt(address), BUFFER + 4000n, 97, START);
    await transfer(BigInt(address), BUFFER - 1n, 1, START);
    await transfer(0x1000n, BUFFER, 1, START);
    expect(host.logs.map(({ text }) => text)).toEqual([
      'DMA: 97 bytes at 0x40fa0 are not inside the buffer, 0x40000 to 0x40fff',
      'DMA: 1 bytes at 0x3ffff are not inside the buffer, 0x40000 to 0x40fff',
      expect.stringContaining('DMA: DMA read of 1 bytes at 0x1000 refused'),
    ]);
  });

  it('loses address bits that it does not have', async () => {
    await start({ options: {} });
    await transfer(0x1_2345_6789n, BUFFER, 1, START);
    expect(host.logs[0]?.text).toContain('at 0x3456789 refused');
  });

  it('takes no parameters while it runs, nor a command without the start bit', async () => {
    await start();
    host.write64(0, DMA_COMMAND, TO_MEMORY);
    expect(host.read64(0, DMA_COMMAND)).toBe(0n);
    host.write64(0, DMA_SOURCE, 0x1_0000_0001n);
    host.write32(0, DMA_SOURCE, 5);
    expect(host.read64(0, DMA_SOURCE)).toBe(5n);
    host.write64(0, DMA_COMMAND, START);
    host.write64(0, DMA_SOURCE, 6n);
    expect(host.read64(0, DMA_SOURCE)).toBe(5n);
    await setImmediate();
  });
});

it.each(['12', '0x0', 'many', 2 ** 60 - 1])('refuses the DMA mask %s', async (dmaMask) => {
  await expect(plug(edu, { options: { dmaMask } })).rejects.toThrow('option dmaMask: ');
});
