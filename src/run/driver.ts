import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelEndpoint } from '../host/kernel/index.ts';

/** How long a driver that exists may take to bind (s). */
const bindLimit = 60;
/** How long a driver that is loaded already may take (ms). */
const loadedLimit = 1000;

/** Waits until a driver has bound. Returns why it did not, if it did not. */
export async function waitForDriver(
  endpoint: KernelEndpoint,
  interrupted: Promise<void>,
  limit = bindLimit,
): Promise<string | undefined> {
  const bound = Promise.race([endpoint.bound, interrupted]).then(() => true);
  if (await Promise.race([bound, after(loadedLimit)])) return undefined;
  if (!hasModule(endpoint.address)) return 'no driver knows this device';
  if (await Promise.race([bound, after(limit * 1000)])) return undefined;
  return `no driver has bound for ${limit} s`;
}

/** Whether the kernel has a module for the device that it could still load. */
function hasModule(address: string): boolean {
  const alias = readFileSync(`/sys/bus/pci/devices/${address}/modalias`, 'utf8').trim();
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const { error, status } = spawnSync('modprobe', ['-q', '--resolve-alias', alias], { env: { ...process.env, PATH } });
  return error !== undefined || status === 0;
}

async function after(milliseconds: number): Promise<false> {
  await sleep(milliseconds, undefined, { ref: false });
  return false;
}
