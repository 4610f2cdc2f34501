import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { headersOf } from './headers.ts';
import { has, type Machine, textOf } from './machine.ts';
import { type SignaturePolicy, signaturePolicy } from './secure-boot.ts';

/** What `pciem kmod status --json` prints. */
export interface KmodStatus {
  /** Of the running kernel. */
  release: string;
  loaded: boolean;
  /** Files that are open and endpoints that are not freed yet; 0 if it is not loaded. */
  users: number;
  /** Hash of the sources of the loaded module, as the kernel tells it. */
  srcversion?: string;
  /** /dev/pciem. */
  deviceNode: boolean;
  /** PCI domains of the devices that run, such as `1f000`. */
  domains: string[];
  /** The module that modprobe would load. */
  installed?: string;
  /** What dkms says of it. */
  dkms?: string;
  /** Where the headers are; without them it cannot be built. */
  headers?: string;
  signatures: SignaturePolicy;
}

export async function kmodStatus(machine: Machine): Promise<KmodStatus> {
  const srcversion = textOf(machine, '/sys/module/pciem/srcversion')?.trim();
  const installed = installedModule(machine);
  const dkms = (await machine.run('dkms', ['status', 'pciem']))?.stdout.trim();
  const headers = headersOf(machine);
  return {
    release: machine.release,
    loaded: isLoaded(machine),
    users: Number(textOf(machine, '/sys/module/pciem/refcnt') ?? 0),
    ...(srcversion && { srcversion }),
    deviceNode: has(machine, '/dev/pciem'),
    domains: runningDomains(machine),
    ...(installed && { installed }),
    ...(dkms && { dkms }),
    ...(headers && { headers }),
    signatures: signaturePolicy(machine),
  };
}

export function isLoaded(machine: Machine): boolean {
  return has(machine, '/sys/module/pciem');
}

/** The domains begin at 1f000: kmod/bus.c. */
export function runningDomains({ root }: Machine): string[] {
  const names = list(join(root, '/sys/devices'));
  return names.flatMap((name) => /^pci(1f0[0-3][0-9a-f]):00$/.exec(name)?.[1] ?? []).sort();
}

function installedModule(machine: Machine): string | undefined {
  const base = `/lib/modules/${machine.release}`;
  const paths = [`${base}/updates/dkms`, `${base}/updates`, `${base}/extra`];
  for (const path of paths) {
    const name = list(join(machine.root, path)).find((file) => /^pciem\.ko(\.(xz|zst|gz))?$/.test(file));
    if (name !== undefined) return `${path}/${name}`;
  }
  return undefined;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
