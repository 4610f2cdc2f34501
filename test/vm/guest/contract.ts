import { deepStrictEqual, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checkCapture, summarize } from '@pciem/capture';
import { mmap, viewOf } from '../../../src/host/kernel/syscalls.ts';
import { type ContractHost, runContract } from '../../contract/cases.ts';
import { pciem, root, share } from './cli.ts';

const IO_BAR = 1;
const BAR_BYTES: Readonly<Record<number, number>> = { 0: 8192, 2: 4096 };

/** The same cases that the simulated host passes (test/contract/sim.test.ts), by way of what sysfs gives to programs. */
export async function keepsTheContract(): Promise<void> {
  // Plays the driver: memory, and BARs in I/O space, which nothing in sysfs can access.
  execFileSync('insmod', [join(share, 'pciem_features.ko')]);
  writeFileSync('/sys/bus/pci/drivers/pciem_features/new_id', '1234 c0de');
  const file = '/tmp/contract.pcapng';
  const run = pciem('run', join(root, 'test/contract/device.ts'), '--capture', file);
  await run.sees('plugged in at ', 240);
  const address = /plugged in at (\S+)/.exec(run.output())?.[1] ?? '';
  await run.sees('bound', 60);
  const failures = await runContract(sysfsHost(address), deepStrictEqual);
  run.child.kill('SIGINT');
  deepStrictEqual(failures, {});
  deepStrictEqual(await run.ended, 0, run.output());
  execFileSync('rmmod', ['pciem_features']);
  const { problems, outstanding } = await checkCapture(file);
  deepStrictEqual({ problems, outstanding }, { problems: [], outstanding: 0 });
  const types = new Set((await summarize(file)).types.map(({ name, from }) => `${name} by the ${from}`));
  for (const name of ['FetchAdd', 'Swap', 'CAS']) ok(types.has(`${name} by the device`), `no ${name} in ${file}`);
  for (const name of ['IORd', 'IOWr']) ok(types.has(`${name} by the driver`), `no ${name} in ${file}`);
}

function sysfsHost(address: string): ContractHost {
  const directory = `/sys/bus/pci/devices/${address}`;
  const driver = new FeaturesDriver(address);
  driver.run(`map ${IO_BAR.toString(16)} 4 0 20`);
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
    async read(bar, offset, size) {
      if (bar === IO_BAR) return driver.run(`r${size} ${offset.toString(16)}`);
      return BigInt(at(bar, size)[offset / size] as number | bigint);
    },
    async write(bar, offset, size, value) {
      if (bar === IO_BAR) {
        driver.run(`w${size} ${offset.toString(16)} ${value.toString(16)}`);
        return;
      }
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
    async alloc(bytes) {
      return {
        address: driver.run(`coherent ${bytes.toString(16)}`),
        read: async (offset) => driver.run(`peek ${offset.toString(16)}`),
        write: async (offset, value) => void driver.run(`poke ${offset.toString(16)} ${value.toString(16)}`),
        free: async () => void driver.run('free'),
      };
    },
    async readRom(length) {
      const file = join(directory, 'rom');
      writeFileSync(file, '1');
      const bytes = readFileSync(file).subarray(0, length);
      writeFileSync(file, '0');
      return bytes;
    },
    async reset() {
      writeFileSync(join(directory, 'reset'), '1');
    },
  };
}

/** kmod/tests/features: a driver that does as it is told, one command at a time. */
class FeaturesDriver {
  readonly #directory: string;

  constructor(address: string) {
    this.#directory = `/sys/kernel/debug/pciem-features/${address}`;
  }

  /** What came of the command; of one that has no result, that of an earlier one. */
  run(command: string): bigint {
    writeFileSync(join(this.#directory, 'command'), command);
    return BigInt(readFileSync(join(this.#directory, 'result'), 'utf8').trim());
  }
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
