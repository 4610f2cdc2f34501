import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import { type ContractHost, cases, runContract } from './cases.ts';
import device from './device.ts';

const COMMAND = 4;
const MEMORY_AND_BUS_MASTER = 6;

/** What the kernel host is held to in the virtual machine (test/vm/guest/contract.ts), the simulated one is held to here. */
test('the simulated host keeps the contract', async () => {
  const sim = await plug(device, { onError: 'record', interrupts: 'intx' });
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
    async reset() {
      sim.reset('flr');
      sim.writeConfig16(COMMAND, MEMORY_AND_BUS_MASTER);
    },
  };
  expect(await runContract(host, (got, expected) => expect(got).toEqual(expected))).toEqual({});
  expect(Object.keys(cases).length).toBeGreaterThan(20);
  expect(sim.errors.map(({ where }) => where)).toEqual(['read of BROKEN']);
});
