import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheDir } from '../paths.ts';
import { type Accelerator, hasKvmDevice } from './qemu.ts';

/**
 * KVM, unless there is none, or a guest showed no sign of life under it since this machine booted: nested machines
 * may have a /dev/kvm that hangs every guest.
 */
export async function chooseAccelerator(): Promise<Accelerator> {
  return (await cannotUseKvm()) === undefined ? 'kvm' : 'tcg';
}

/** Why KVM is not used; undefined if it is. `fails`: a guest has hung under it. */
export async function cannotUseKvm(): Promise<'none' | 'denied' | 'fails' | undefined> {
  if (!(await hasKvmDevice())) return existsSync('/dev/kvm') ? 'denied' : 'none';
  const failedIn = await readFile(noteFile(), 'utf8').catch(() => '');
  return failedIn === (await bootId()) ? 'fails' : undefined;
}

/** Spares the next machines of this boot the wait. */
export async function rememberThatKvmFails(): Promise<void> {
  await mkdir(dirname(noteFile()), { recursive: true });
  await writeFile(noteFile(), await bootId());
}

/** Notes that it fails; without it, KVM is tried again. */
export function noteFile(): string {
  return cacheDir('kvm-fails');
}

function bootId(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8');
}
