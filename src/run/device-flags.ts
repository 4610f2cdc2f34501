import { existsSync } from 'node:fs';
import { Flags } from '@oclif/core';
import { UsageFailure } from '../errors.ts';
import type { ProxyRequest } from '../proxy/run-proxy.ts';
import { captureTarget } from './capture-file.ts';
import { captureFlags } from './capture-flags.ts';
import { type CaptureFlagValues, captureSettings } from './capture-settings.ts';
import type { RunDevice, RunRequest } from './request.ts';

/** What `pciem run` and `pciem spin` have in common. */
export const deviceFlags = {
  capture: Flags.string({
    helpValue: 'FILE',
    description: 'Write every transaction to a pcapng file; .gz and .zst compress; - is standard output',
  }),
  ...captureFlags,
  watch: Flags.boolean({ description: 'Load the device again when its files change' }),
  json: Flags.boolean({ description: 'Tell what happens as JSON, one event a line, on stderr' }),
  sim: Flags.boolean({
    exclusive: ['vm', 'capture'],
    description: 'Plug it into a simulated host in this process, without a driver: needs nothing, runs anywhere',
  }),
  vm: Flags.boolean({ description: 'Plug it into a throw-away virtual machine' }),
  kernel: Flags.string({
    dependsOn: ['vm'],
    helpValue: 'IMAGE',
    description: 'Kernel of the virtual machine: image, release, or directory with vmlinuz, modules/ and build/',
  }),
  memory: Flags.integer({
    dependsOn: ['vm'],
    min: 256,
    helpValue: 'MIB',
    description: 'Memory of the virtual machine',
  }),
  cpus: Flags.integer({
    dependsOn: ['vm'],
    min: 1,
    max: 64,
    helpValue: 'N',
    description: 'CPUs of the virtual machine',
  }),
};

/** `--set`, for devices that have options. */
export const setFlag = Flags.string({
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'KEY=VALUE',
  description: 'Option of the device; of one of several: NAME.KEY=VALUE',
});

interface DeviceFlags extends CaptureFlagValues {
  capture?: string | undefined;
  watch: boolean;
  json: boolean;
  vm: boolean;
  sim: boolean;
  kernel?: string | undefined;
  memory?: number | undefined;
  cpus?: number | undefined;
}

/** The command line before `--`, and COMMAND behind it. */
export function splitCommand(argv: readonly string[]): { own: string[]; command: string[] } {
  const separator = argv.indexOf('--');
  if (separator === -1) return { own: [...argv], command: [] };
  return { own: argv.slice(0, separator), command: argv.slice(separator + 1) };
}

/** Runs devices as the flags say, here or in a virtual machine. Returns the exit status. */
export async function runDevices(
  devices: readonly RunDevice[],
  command: readonly string[],
  flags: DeviceFlags,
  proxy?: ProxyRequest,
): Promise<number> {
  const { watch, json, vm, sim, kernel, memory, cpus } = flags;
  if (sim && command.length > 0) throw new UsageFailure('--sim has no kernel that a command could use; leave it out');
  const capture = await captureOf(flags, command, proxy?.log.callers === true);
  const request: RunRequest = {
    devices,
    command,
    watch,
    json,
    ...(proxy && { proxy }),
    ...(capture !== undefined && { capture, captureSettings: captureSettings(flags, capture) }),
  };
  // What is wrong with the command line comes first.
  if (sim || !(vm || existsSync('/dev/pciem'))) {
    const { checkDevices } = await import('./check-devices.ts');
    await checkDevices(devices);
  }
  if (sim) return (await import('./on-sim.ts')).runOnSim(request);
  // Imported when needed: what one of them loads, the other does not, and in an emulated machine that is felt.
  if (!vm && proxy) return (await import('../proxy/run-proxy.ts')).runProxyOnThisMachine(request, proxy);
  if (!vm) return (await import('./on-this-machine.ts')).runOnThisMachine(request);
  return (await import('./in-vm.ts')).runInThrowAwayVm(request, { kernel, memory, cpus });
}

/** Where the capture goes, if there is one. `callers`: there is a log that they are for as well. */
async function captureOf(
  flags: DeviceFlags,
  command: readonly string[],
  callers: boolean,
): Promise<string | undefined> {
  const { capture } = flags;
  if (capture === undefined) {
    const names = (Object.keys(captureFlags) as (keyof CaptureFlagValues)[]).filter((name) => flags[name] ?? false);
    const stray = names.find((name) => name !== 'callers' || !callers);
    if (stray !== undefined) throw new UsageFailure(`--${stray} needs --capture FILE`);
    return undefined;
  }
  if (capture === '-' && command.length > 0) {
    throw new UsageFailure('--capture -: standard output belongs to the command; give a file or a named pipe');
  }
  return captureTarget(capture, '--capture');
}
