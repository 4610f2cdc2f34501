import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import type { Progress } from '../progress.ts';
import { headersOf, missingHeaders } from './headers.ts';
import { needRoot } from './load.ts';
import type { Machine } from './machine.ts';
import { listSources } from './sources.ts';

/** How the module was installed. */
export interface Installation {
  way: 'dkms' | 'modules';
  /** The sources that dkms builds, or the module. */
  path: string;
}

const source = join(packageRoot, 'kmod');

/** PACKAGE_VERSION in dkms.conf, the version of this package. */
export function moduleVersion(): string {
  const config = readFileSync(join(source, 'dkms.conf'), 'utf8');
  return /^PACKAGE_VERSION="(.*)"$/m.exec(config)?.[1] ?? '';
}

/**
 * Installs the module so that modprobe finds it, also after an update of the kernel if there is dkms. `build` makes a
 * pciem.ko for the running kernel, for when there is none.
 */
export async function installModule(
  machine: Machine,
  build: () => Promise<string>,
  progress: Progress,
): Promise<Installation> {
  needRoot(machine, 'install');
  if (headersOf(machine) === undefined) throw missingHeaders(machine);
  if ((await machine.run('dkms', ['--version'])) !== undefined) return installByDkms(machine, progress);
  const path = `/lib/modules/${machine.release}/updates/pciem.ko`;
  const target = join(machine.root, path);
  const file = await build();
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(file, target);
  await mustSucceed(machine, 'depmod', ['-b', machine.root, machine.release]);
  return { way: 'modules', path };
}

async function installByDkms(machine: Machine, progress: Progress): Promise<Installation> {
  const version = moduleVersion();
  const path = `/usr/src/pciem-${version}`;
  const target = join(machine.root, path);
  // The same version may have been installed from other sources.
  await machine.run('dkms', ['remove', `pciem/${version}`, '--all']);
  rmSync(target, { recursive: true, force: true });
  for (const name of [...(await listSources(source)), 'dkms.conf']) cpSync(join(source, name), join(target, name));
  for (const step of ['add', 'build', 'install']) {
    progress(`dkms ${step}`);
    const kernel = step === 'add' ? [] : ['-k', machine.release];
    await mustSucceed(machine, 'dkms', [step, `pciem/${version}`, ...kernel]);
  }
  return { way: 'dkms', path };
}

async function mustSucceed(machine: Machine, program: string, args: string[]): Promise<void> {
  const end = await machine.run(program, args);
  if (end === undefined) throw new Failure(`There is no ${program}`, [`Install it, then: sudo pciem kmod install`]);
  if (end.status === 0) return;
  const lines = `${end.stdout}\n${end.stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Failure(`${program} ${args.join(' ')} has failed:\n${lines}`);
}
