import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { has, type Machine } from './machine.ts';
import { describePolicy, signaturePolicy, signingSteps } from './secure-boot.ts';
import { isLoaded, runningDomains } from './status.ts';

/** How long a module may stay in use after its last device has gone (ms): memory is freed after an RCU grace period. */
const patience = 10_000;
const pause = 100;

/** Loads the module `file`. False: one was loaded already. */
export async function loadModule(machine: Machine, file: string): Promise<boolean> {
  if (isLoaded(machine)) return false;
  needRoot(machine, 'load');
  const end = await machine.run('insmod', [file]);
  if (end === undefined) throw new Failure('There is no insmod', ['Install it: the package is called kmod']);
  if (end.status === 0) {
    if (!has(machine, '/dev/pciem')) {
      throw new Failure('The module is loaded, but there is no /dev/pciem', ['Is /dev a devtmpfs?']);
    }
    return true;
  }
  throw refused(machine, file, end.stderr.trim());
}

function refused(machine: Machine, file: string, message: string): Failure {
  const policy = signaturePolicy(machine);
  if (/Key was rejected|Required key not available|Operation not permitted/.test(message) && policy.enforced) {
    return new Failure(
      `The kernel refuses the module, because nobody that it trusts has signed it (${describePolicy(policy)})`,
      signingSteps(machine, policy),
    );
  }
  if (/Invalid module format/.test(message)) {
    return new Failure(`${file} was built for another kernel than ${machine.release}, or by another compiler`, [
      'The last lines of dmesg say what does not fit',
      'Build it again: pciem kmod build --force',
    ]);
  }
  return new Failure(`The kernel refuses the module: ${message}`, ['The last lines of dmesg may say why']);
}

/** Unloads the module. False: none was loaded. */
export async function unloadModule(machine: Machine, progress: Progress, waitMs = patience): Promise<boolean> {
  if (!isLoaded(machine)) return false;
  needRoot(machine, 'unload');
  const end = performance.now() + waitMs;
  for (let first = true; ; first = false) {
    const rmmod = await machine.run('rmmod', ['pciem']);
    if (rmmod === undefined) throw new Failure('There is no rmmod', ['Install it: the package is called kmod']);
    if (rmmod.status === 0) return true;
    const domains = runningDomains(machine);
    if (domains.length > 0) throw inUse(domains);
    if (performance.now() > end) throw stillInUse(rmmod.stderr.trim());
    if (first) progress('waiting for the last device to be freed');
    await sleep(pause);
  }
}

function inUse(domains: readonly string[]): Failure {
  const addresses = domains.map((domain) => `${domain}:00:00.0`).join(', ');
  return new Failure(`The module is in use: ${addresses} ${domains.length === 1 ? 'is' : 'are'} plugged`, [
    'End what runs the device: Ctrl-C in its pciem run',
    'Who it is: sudo fuser -v /dev/pciem',
  ]);
}

function stillInUse(message: string): Failure {
  return new Failure(`The module cannot be unloaded: ${message}`, [
    'Some program has /dev/pciem open: sudo fuser -v /dev/pciem',
  ]);
}

export function needRoot(machine: Machine, what: string): void {
  if (!machine.isRoot) throw new Failure(`Only root may ${what} kernel modules`, [`sudo pciem kmod ${what}`]);
}
