import { crc32 } from 'node:zlib';
import { type PlugOptions, plug, type SimHost } from '@pciem/sdk/testing';
import { afterEach, describe, expect, it } from 'vitest';
import endpointTest from './endpoint-test.ts';

const COMMAND = 0x04;
const STATUS = 0x08;
const SRC = 0x0c;
const DST = 0x14;
const SIZE = 0x1c;
const CHECKSUM = 0x20;
const IRQ_TYPE = 0x24;
const IRQ_NUMBER = 0x28;
const IRQ_RAISED = 0x40;
const SIZES = [1, 1024, 1025, 1024000, 1024001];

let host: SimHost;
const start = async (interrupts?: PlugOptions['interrupts']) => {
  host = await plug(endpointTest, interrupts ? { interrupts } : {});
};

afterEach(() => host.close());

const checksum = (data: Uint8Array) => ~crc32(data) >>> 0;

function setAddress(register: number, address: number): void {
  host.write32(0, register, address % 2 ** 32);
  host.write32(0, register + 4, Math.floor(address / 2 ** 32));
}

/** Starts a transfer and returns STATUS when it has ended by the MSI that the driver asks for. */
async function command(bits: number, size: number): Promise<number> {
  host.write32(0, SIZE, size);
  host.write32(0, IRQ_TYPE, 1);
  host.write32(0, IRQ_NUMBER, 1);
  host.write32(0, COMMAND, bits);
  await host.waitForIrq(0);
  return host.read32(0, STATUS);
}

it('has memory in every BAR', async () => {
  await start();
  for (const [bar, size] of [4, 8, 16, 64, 64].entries()) {
    for (let offset = 0; offset < size * 1024; offset += 4) host.write32(bar + 1, offset, 0xa0a0_a0a0);
    for (let offset = 0; offset < size * 1024; offset += 1020) expect(host.read32(bar + 1, offset)).toBe(0xa0a0_a0a0);
  }
  host.write32(0, 0, 0xa0a0_a0a0);
  expect(host.read32(0, 0)).toBe(0xa0a0_a0a0);
});

describe('interrupts', () => {
  it.each([
    ['msi', 2, 32],
    ['msix', 4, 2048],
  ] as const)('%s', async (interrupts, bits, vectors) => {
    await start(interrupts);
    for (let number = 1; number <= vectors; number++) {
      host.write32(0, IRQ_NUMBER, number);
      host.write32(0, COMMAND, bits);
    }
    expect(host.irqs).toEqual(Array.from({ length: vectors }, (_, n) => n));
    expect(host.read32(0, STATUS)).toBe(IRQ_RAISED);
    host.write32(0, IRQ_NUMBER, vectors + 1);
    host.write32(0, COMMAND, bits);
    expect(host.logs.map(({ text }) => text)).toEqual([`interrupt ${vectors + 1} refused`]);
  });

  it('INTx', async () => {
    await start('intx');
    const asserted = host.waitForIntx();
    host.write32(0, COMMAND, 1);
    await asserted;
    expect([host.read32(0, STATUS), host.read32(0, COMMAND), host.intx]).toEqual([IRQ_RAISED, 0, false]);
  });
});

describe('transfers', () => {
  it.each(SIZES)('reads %i bytes', async (size) => {
    await start('msi');
    const { address, bytes } = host.memory.alloc(size, { direction: 'to-device' });
    bytes.forEach((_, i) => {
      bytes[i] = i * 7 + (i >> 8);
    });
    setAddress(SRC, address);
    host.write32(0, CHECKSUM, checksum(bytes));
    expect(await command(8, size)).toBe(IRQ_RAISED | 1);
    host.write32(0, CHECKSUM, checksum(bytes) ^ 1);
    expect(await command(8, size)).toBe(IRQ_RAISED | 2);
  });

  it.each(SIZES)('writes %i bytes', async (size) => {
    await start('msi');
    const { address, bytes } = host.memory.alloc(size, { direction: 'from-device' });
    setAddress(DST, address);
    expect(await command(16, size)).toBe(IRQ_RAISED | 4);
    expect(host.read32(0, CHECKSUM)).toBe(checksum(bytes));
  });

  it.each(SIZES)('copies %i bytes', async (size) => {
    await start('msi');
    const from = host.memory.alloc(size, { direction: 'to-device' });
    const to = host.memory.alloc(size, { direction: 'from-device' });
    from.bytes.forEach((_, i) => {
      from.bytes[i] = i * 5 + 1;
    });
    setAddress(SRC, from.address);
    setAddress(DST, to.address);
    expect(await command(32, size)).toBe(IRQ_RAISED | 16);
    expect(Buffer.compare(to.bytes, from.bytes)).toBe(0);
  });

  it.each([
    ['a read', 8, 0x1000, 0x1000, 100, 2 | 0x80],
    ['a write', 16, 0x1000, 0x1000, 100, 8 | 0x100],
    ['a copy from', 32, 0x1000, undefined, 100, 32 | 0x80],
    ['a copy to', 32, undefined, 0x1000, 100, 32 | 0x100],
    ['an empty read', 8, undefined, undefined, 0, 2 | 0x80],
    ['a huge write', 16, undefined, undefined, 0xffff_ffff, 8 | 0x100],
  ])('says which address of %s is wrong', async (_, bits, source, destination, size, status) => {
    await start('msi');
    const { address } = host.memory.alloc(4096);
    setAddress(SRC, source ?? address);
    setAddress(DST, destination ?? address);
    expect(await command(bits, size)).toBe(IRQ_RAISED | status);
  });

  it('ends by INTx if asked to', async () => {
    await start('intx');
    const { address } = host.memory.alloc(4096);
    setAddress(DST, address);
    host.write32(0, SIZE, 4096);
    const asserted = host.waitForIntx();
    host.write32(0, COMMAND, 16);
    await asserted;
    expect(host.read32(0, STATUS)).toBe(IRQ_RAISED | 4);
  });
});
