import { SPACE_ROM } from '@pciem/sdk';
import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import { type ContractHost, cases, runContract } from './cases.ts';
import device from './device.ts';

const COMMAND = 4;
/** I/O and memory space, bus master. */
const ALL_ON = 7;
const EXPANSION_ROM = 0x30;

/** What the kernel host is held to in the virtual machine (test/vm/guest/contract.ts), the simulated one is held to here. */
test('the simulated host keeps the contract', async () => {
  const sim = await plug(device, { onError: 'record', interrupts: 'intx' });
  // The operating system restores addresses after a reset.
  const addresses = [0x10, 0x14, 0x18, 0x1c, EXPANSION_ROM].map((at) => [at, sim.readConfig32(at)] as const);
  const host: ContractHost = {
    read: (bar, offset, size) => sim.readLater(bar, offset, size),
    async write(bar, offset, size, value) {
      if (size === 8) sim.write64(bar, offset, value);
      else ({ 1: sim.write8, 2: sim.write16, 4: sim.write32 })[size](bar, offset, Number(value));
    },
    readConfig: async (offset, size) =>
      ({ 1: sim.readConfig8, 2: sim.readConfig16, 4: sim.readConfig32 })[size](offset),
    writeConfig: async (offset, size, value) =>
      ({ 1: sim.writeConfig8, 2: sim.writeConfig16, 4: sim.writeConfig32 })[size](offset, value),
    async alloc(bytes) {
      const memory = sim.memory.alloc(bytes);
      const view = new DataView(memory.bytes.buffer);
      return {
        address: BigInt(memory.address),
        read: async (offset) => view.getBigUint64(offset, true),
        write: async (offset, value) => view.setBigUint64(offset, value, true),
        free: async () => sim.memory.free(memory),
      };
    },
    async readRom(length) {
      const address = sim.readConfig32(EXPANSION_ROM);
      sim.writeConfig32(EXPANSION_ROM, address | 1);
      const bytes = Uint8Array.from({ length }, (_, offset) => sim.read8(SPACE_ROM, offset));
      sim.writeConfig32(EXPANSION_ROM, address);
      return bytes;
    },
    async reset() {
      sim.reset('flr');
      for (const [offset, address] of addresses) sim.writeConfig32(offset, address);
      sim.writeConfig16(COMMAND, ALL_ON);
    },
  };
  expect(await runContract(host, (got, expected) => expect(got).toEqual(expected))).toEqual({});
  expect(Object.keys(cases).length).toBeGreaterThan(20);
  expect(sim.errors.map(({ where }) => where)).toEqual(['read of BROKEN']);
});
