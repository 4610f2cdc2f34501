import { deepStrictEqual } from 'node:assert/strict';
import { openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { mmap, viewOf } from '../../../src/host/kernel/syscalls.ts';
import { type ContractHost, runContract } from '../../contract/cases.ts';
import { pciem, root } from './cli.ts';

const BAR_BYTES: Readonly<Record<number, number>> = { 0: 8192, 2: 4096 };

/** The same cases that the simulated host passes (test/contract/sim.test.ts), by way of what sysfs gives to programs. */
export async function keepsTheContract(): Promise<void> {
  const run = pciem('run', join(root, 'test/contract/device.ts'));
  await run.sees('plugged in at ', 240);
  const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
  const failures = await runContract(sysfsHost(`/sys/bus/pci/devices/${address}`), deepStrictEqual);
  run.child.kill('SIGINT');
  deepStrictEqual(failures, {});
  deepStrictEqual(await run.ended, 0, run.output());
}

function sysfsHost(directory: string): ContractHost {
  writeFileSync(join(directory, 'enable'), '1');
  const memories = Object.fromEntries(
    Object.entries(BAR_BYTES).map(([bar, bytes]) => {
      const fd = openSync(join(directory, `resource${bar}`), 'r+');
      return [bar, cells(viewOf(mmap(fd, 0, bytes, `BAR ${bar}`)))];
    }),
  );
  const at = (bar: number, size: 1 | 2 | 4 | 8) => (memories[bar] as ReturnType<typeof cells>)[size];
  const config = openSync(join(directory, 'config'), 'r+');
  const buffer = Buffer.alloc(4);
  return {
    read: async (bar, offset, size) => BigInt(at(bar, size)[offset / size] as number | bigint),
    async write(bar, offset, size, value) {
      const elements = at(bar, size);
      elements[offset / size] = (size === 8 ? value : Number(value)) as never;
    },
    async readConfig(offset, size) {
      readSync(config, buffer, 0, size, offset);
      return buffer.readUIntLE(0, size);
    },
    async writeConfig(offset, size, value) {
      buffer.writeUIntLE(value, 0, size);
      writeSync(config, buffer, 0, size, offset);
    },
    async reset() {
      writeFileSync(join(directory, 'reset'), '1');
    },
  };
}

/** Memory as elements of each size: an access of one of them is one access of the CPU. */
function cells(memory: ArrayBuffer) {
  return {
    1: new Uint8Array(memory),
    2: new Uint16Array(memory),
    4: new Uint32Array(memory),
    8: new BigUint64Array(memory),
  };
}
