import { spawnSync } from 'node:child_process';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { plug, type SimAllocation, type SimHost } from '@pciem/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import edu from './edu.ts';
import { QtestEdu } from './testing/qtest.ts';

/** Somewhere in the guest's RAM; in the simulated host, wherever the allocation is. */
const MEMORY = 0x10_0000;
const BUFFER = 0x4_0000;

const hasQemu = spawnSync('qemu-system-x86_64', ['-version']).status === 0;

describe.skipIf(!hasQemu)("QEMU's own device", () => {
  let qemu: QtestEdu;
  let host: SimHost;
  let memory: SimAllocation;

  beforeAll(async () => {
    qemu = await QtestEdu.start();
    host = await plug(edu, { interrupts: 'intx', options: { dmaMask: 2 ** 48 - 1 } });
    memory = host.memory.alloc(4096);
  });

  afterAll(() => {
    qemu?.stop();
    host?.close();
  });

  async function write32(offset: number, value: number): Promise<void> {
    await qemu.write32(offset, value);
    host.write32(0, offset, value);
  }

  async function sameRead32(offset: number): Promise<void> {
    const expected = await qemu.read32(offset);
    expect(BigInt(host.read32(0, offset)), `register ${offset.toString(16)}`).toBe(expected);
  }

  async function sameRegisters(): Promise<void> {
    for (let offset = 0; offset < 0x100; offset += 4) {
      // The upper half of a 64-bit register cannot be read by itself in QEMU.
      if (offset < 0x80 || offset >= 0xa0 || offset % 8 === 0) await sameRead32(offset);
    }
    for (let offset = 0x80; offset < 0xb0; offset += 8) {
      const expected = await qemu.read64(offset);
      expect(host.read64(0, offset), `register ${offset.toString(16)}`).toBe(expected);
    }
  }

  it('has the same registers after reset', sameRegisters);

  it('takes the same writes', async () => {
    for (const value of [0, 1, 0x80, 0x1234_5678, 0xffff_ffff]) {
      for (let offset = 0; offset < 0xc0; offset += 4) {
        // Factorials run in a thread of their own, and commands start transfers: see below.
        if (offset !== 0x08 && offset !== 0x98) await write32(offset, value);
      }
      await sameRegisters();
    }
  });

  it.each([0, 5, 13, 33, 34, 100_000])('computes the same factorial of %i', async (n) => {
    await write32(0x08, n);
    await setImmediate();
    while ((await qemu.read32(0x20)) & 1n) await setTimeout(1);
    // QEMU's thread says that it is ready first, and raises the interrupt after that.
    while ((await qemu.read32(0x20)) & 0x80n && !((await qemu.read32(0x24)) & 1n)) await setTimeout(1);
    await sameRegisters();
    await write32(0x64, 0xffff_ffff);
  });

  it('moves the same data', async () => {
    const data = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff);
    memory.bytes.set(data);
    await qemu.writeMemory(MEMORY, data);
    const transfer = async (toMemory: boolean, inBuffer: number, inMemory: number, count: number) => {
      for (const [device, base] of [
        [qemu, MEMORY],
        [{ write64: (offset: number, value: bigint) => host.write64(0, offset, value) }, memory.address],
      ] as const) {
        const [source, destination] = toMemory ? [inBuffer, base + inMemory] : [base + inMemory, inBuffer];
        await device.write64(0x80, BigInt(source));
        await device.write64(0x88, BigInt(destination));
        await device.write64(0x90, BigInt(count));
        await device.write64(0x98, toMemory ? 7n : 5n);
      }
      await qemu.settle();
      await setImmediate();
      for (const register of [0x24, 0x98]) await sameRead32(register);
    };
    await transfer(false, BUFFER + 10, 20, 1000);
    await write32(0x64, 0x100);
    await transfer(true, BUFFER + 500, 3000, 900);
    expect(Buffer.from(memory.bytes).toString('hex')).toBe(await qemu.readMemory(MEMORY, 4096));
  });
});
