import { spawn } from 'node:child_process';
import { Failure } from '../errors.ts';
import { qemuBinary } from './qemu.ts';

/** A running QEMU. */
export interface QemuProcess {
  /** Settles when QEMU is gone; fails if it could not be started. */
  exited: Promise<void>;
  /** What QEMU itself complained about. */
  complaints(): string;
  kill(): void;
}

export function spawnQemu(args: readonly string[]): QemuProcess {
  // A session of its own: Ctrl-C at the terminal is for the command in the guest, not for QEMU.
  const child = spawn(qemuBinary, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'ENOENT' ? missingQemu() : error));
    child.once('close', () => resolve());
  }).finally(() => process.removeListener('exit', kill));
  return { exited, complaints: () => complaints, kill };
}

function missingQemu(): Failure {
  return new Failure(`The virtual machine needs ${qemuBinary}, which is not installed`, [
    'Debian, Ubuntu: apt-get install qemu-system-x86',
    'Fedora: dnf install qemu-system-x86-core',
  ]);
}
