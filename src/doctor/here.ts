import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '../errors.ts';
import { headersOf, missingHeaders } from '../kmod/headers.ts';
import { has, type Machine } from '../kmod/machine.ts';
import { describePolicy, signaturePolicy, signingSteps } from '../kmod/secure-boot.ts';
import { bad, type Check, note, ok } from './finding.ts';
import { installLine } from './packages.ts';
import { compiler } from './vm.ts';

/** Tries to open /dev/pciem; throws what is wrong with it. */
export type TryModule = () => Promise<void>;

/** What devices on this machine's own bus need. */
export async function examineHere(machine: Machine, tryModule: TryModule = openAndClose): Promise<Check[]> {
  const module = await moduleCheck(machine, tryModule);
  const isLoaded = module.status === 'ok';
  return [
    kernelVersion(machine),
    permissions(machine),
    module,
    // What it was built with is of no interest once it is loaded.
    ...(isLoaded ? [] : [headers(machine), await compiler(machine), secureBoot(machine)]),
    iommu(machine),
    await program(machine, 'lspci', 'pciutils', 'to look at devices'),
    await program(machine, 'modprobe', 'kmod', 'to load drivers'),
  ];
}

/** The oldest kernel that the module is made and tested for. */
const OLDEST = [6, 1];

function kernelVersion(machine: Machine): Check {
  const { release } = machine;
  const [major = 0, minor = 0] = release.split('.').map((part) => Number.parseInt(part, 10));
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return bad(
      'kernel',
      `The module is for Linux on x86-64; this is ${process.platform} on ${process.arch}`,
      'Use the simulated host: pciem run … --sim',
    );
  }
  const isOld = major < (OLDEST[0] as number) || (major === OLDEST[0] && minor < (OLDEST[1] as number));
  if (isOld) return bad('kernel', `Linux ${release} is older than ${OLDEST.join('.')}`, 'Use --vm with a newer kernel');
  if (!has(machine, '/proc/modules')) return bad('kernel', `Linux ${release} is built without modules`, 'Use --vm');
  return ok('kernel', `Linux ${release}`);
}

function permissions({ isRoot }: Machine): Check {
  if (isRoot) return ok('permissions', 'You are root');
  return bad('permissions', 'Only root may plug devices', 'sudo pciem run …', 'Or add --vm, which needs no root');
}

async function openAndClose(): Promise<void> {
  const [{ openModule }, { closeSync }] = await Promise.all([
    import('../host/kernel/open-module.ts'),
    import('node:fs'),
  ]);
  closeSync(openModule());
}

async function moduleCheck(machine: Machine, tryModule: TryModule): Promise<Check> {
  if (!has(machine, '/dev/pciem')) {
    return bad('module', 'The kernel module is not loaded: there is no /dev/pciem', 'sudo pciem kmod load');
  }
  try {
    await tryModule();
    return ok('module', 'The kernel module is loaded, and fits this pciem');
  } catch (error) {
    return bad('module', messageOf(error), ...(error instanceof Failure ? error.nextSteps : []));
  }
}

function headers(machine: Machine): Check {
  const directory = headersOf(machine);
  if (directory !== undefined) return ok('headers', `Headers of the kernel: ${directory}`);
  const { message, nextSteps } = missingHeaders(machine);
  return bad('headers', message, ...nextSteps);
}

function secureBoot(machine: Machine): Check {
  const policy = signaturePolicy(machine);
  const text = describePolicy(policy);
  const steps = signingSteps(machine, policy);
  return steps.length === 0 ? ok('secure-boot', text) : bad('secure-boot', text, ...steps);
}

function iommu({ root }: Machine): Check {
  const units = list(join(root, '/sys/class/iommu'));
  if (units.length === 0) return ok('iommu', 'No IOMMU is in use; devices of pciem need none');
  return ok(
    'iommu',
    `An IOMMU is in use (${units.join(', ')}); devices of pciem are not behind it, the module checks their DMA`,
  );
}

async function program(
  machine: Machine,
  name: string,
  inPackage: 'pciutils' | 'kmod',
  purpose: string,
): Promise<Check> {
  const found =
    (await machine.run(name, ['--version'])) ??
    (await machine.run(`/usr/sbin/${name}`, ['--version'])) ??
    (await machine.run(`/sbin/${name}`, ['--version']));
  if (found !== undefined) return ok(name, `${name} is there, ${purpose}`);
  return note(name, `There is no ${name}, ${purpose}`, installLine(machine, inPackage));
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
