import { closeSync, openSync } from 'node:fs';
import { uapi } from '@pciem/capture/uapi';
import { Failure } from '../../errors.ts';
import { readApiVersion } from './control.ts';
import { SyscallError } from './syscalls.ts';

const PATH = '/dev/pciem';

/** Opens the kernel module's file. Throws a Failure that says what to do if that cannot be. */
export function openModule(): number {
  let fd: number;
  try {
    fd = openSync(PATH, 'r+');
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException);
  }
  try {
    checkVersion(readApiVersion(fd));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error instanceof SyscallError ? new Failure(`${PATH} is not that of pciem: ${error.message}`) : error;
  }
}

function checkVersion(version: number): void {
  if (version === uapi.constants.PCIEM_API_VERSION) return;
  throw new Failure(
    `The loaded kernel module has interface ${version}, and this pciem needs ${uapi.constants.PCIEM_API_VERSION}`,
    ['Load the module of this version: sudo pciem kmod unload && sudo pciem kmod load'],
  );
}

function explain(error: NodeJS.ErrnoException): Failure {
  if (error.code === 'ENOENT' || error.code === 'ENXIO') {
    return new Failure(`There is no ${PATH}: the kernel module pciem is not loaded`, [
      'Run it in a throw-away virtual machine: add --vm',
      'Or build and load the module: sudo pciem kmod load',
    ]);
  }
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new Failure(`${PATH} cannot be opened: ${error.message}`, [
      'Run pciem as root',
      'Or add --vm, which needs no root',
    ]);
  }
  return new Failure(`${PATH} cannot be opened: ${error.message}`);
}
