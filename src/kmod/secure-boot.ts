import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { has, type Machine, textOf } from './machine.ts';

/** What may keep the kernel from loading a module that nobody has signed. */
export interface SignaturePolicy {
  /** UEFI Secure Boot; undefined: the machine has not booted by UEFI, or does not say. */
  secureBoot: boolean | undefined;
  /** The kernel's lockdown mode. */
  lockdown: 'none' | 'integrity' | 'confidentiality' | undefined;
  /** The kernel takes signed modules only. */
  enforced: boolean;
}

/** EFI_GLOBAL_VARIABLE (UEFI 2.10, 3.3). Four bytes of attributes, then the value. */
const secureBootVariable = '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c';
const attributeBytes = 4;

export function signaturePolicy(machine: Machine): SignaturePolicy {
  const lockdown = /\[(\w+)\]/.exec(textOf(machine, '/sys/kernel/security/lockdown') ?? '')?.[1];
  const enforce = textOf(machine, '/sys/module/module/parameters/sig_enforce')?.trim();
  return {
    secureBoot: readSecureBoot(machine),
    lockdown: lockdown as SignaturePolicy['lockdown'],
    enforced: enforce === 'Y' || (lockdown !== undefined && lockdown !== 'none'),
  };
}

function readSecureBoot({ root }: Machine): boolean | undefined {
  try {
    return readFileSync(join(root, secureBootVariable))[attributeBytes] === 1;
  } catch {
    return undefined;
  }
}

/** Keys with which dkms signs modules: dkms's own since 3.0, and that of Ubuntu and of older versions of Debian. */
const keys = ['/var/lib/dkms/mok.pub', '/var/lib/shim-signed/mok/MOK.der'];

/** What to do where only signed modules are loaded; no steps: nothing is to be done. */
export function signingSteps(machine: Machine, policy: SignaturePolicy): string[] {
  if (!policy.enforced) return [];
  const key = keys.find((path) => has(machine, path));
  const enrol = `sudo mokutil --import ${key ?? keys[0]}, choose a password, reboot and confirm it in the blue menu`;
  return [
    'dkms signs the module with a key of this machine: install dkms, then sudo pciem kmod install',
    key === undefined
      ? `It makes the key when it first runs; then enrol it once: ${enrol}`
      : `Enrol that key: ${enrol}`,
    policy.secureBoot ? 'Or turn Secure Boot off in the setup of the firmware' : 'Or boot without lockdown',
    'Or leave the machine as it is: pciem run … --vm needs no module here',
  ];
}

/** One line for people. */
export function describePolicy({ secureBoot, lockdown, enforced }: SignaturePolicy): string {
  const boot = secureBoot === undefined ? 'no Secure Boot' : `Secure Boot is ${secureBoot ? 'on' : 'off'}`;
  const mode = lockdown === undefined ? '' : `, lockdown: ${lockdown}`;
  return `${boot}${mode}; unsigned modules are ${enforced ? 'refused' : 'accepted'}`;
}
