import type { EventEmitter } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';
import type { Progress } from '../progress.ts';
import { chooseAccelerator, rememberThatKvmFails } from './accelerator.ts';
import { type Channels, openChannels } from './channels.ts';
import { guestScript } from './guest-script.ts';
import { buildInitramfs } from './initramfs.ts';
import { type Accelerator, qemuArguments } from './qemu.ts';
import { type QemuProcess, spawnQemu } from './qemu-process.ts';
import { findSplats, type Splat } from './splats.ts';
import { connectTerminal, sizeOf, type Terminal } from './terminal.ts';

/** How to run a command in a throw-away virtual machine. */
export interface VmOptions {
  kernel: Kernel;
  /** pciem.ko for that kernel; without it the guest has no /dev/pciem. */
  module?: string;
  command: readonly string[];
  /** Working directory of the command; the guest sees the host's files under their own names. */
  cwd: string;
  /** Environment of the command, on top of a small one. */
  env?: Readonly<Record<string, string>>;
  /** MiB. */
  memory: number;
  cpus: number;
  /** Directory that the guest may write to; it sees it as `guestShare`. */
  share: string;
  /** File that gets what the guest writes to `guestPipe`: many times faster than the share, and there at once. */
  pipe?: string;
  /** Appended to the kernel's command line. */
  kernelArguments?: string;
  /** What does the work of the CPU; KVM where it works when left out. */
  accelerator?: Accelerator;
  /** Appended to QEMU's command line, such as `['-device', 'edu']`. */
  qemuArguments?: readonly string[];
  /** Seconds after which the machine is killed. */
  timeout?: number;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  progress: Progress;
  /** Connects the command's terminal to this one. Without it, the command has no terminal and no input. */
  terminal?: Terminal;
  /** Emits SIGINT and SIGTERM, as `process` does: the first goes to the command, the second kills the machine. */
  signals?: EventEmitter;
}

/** Where the guest sees `VmOptions.share`. */
export const guestShare = '/run/pciem';

/** What became of the command, and of the kernel under it. */
export interface VmResult {
  /** Exit status of the command. */
  status: number;
  accelerator: Accelerator;
  /** From the start of QEMU to that of the command. */
  bootSeconds: number;
  splats: Splat[];
}

/** Where the kernel's console of a machine with this share is logged. */
export function consoleLogOf(share: string): string {
  return join(share, 'console.log');
}

/** Boots a machine, runs the command in it, and throws the machine away. */
export async function runInVm(options: VmOptions): Promise<VmResult> {
  const { kernel, module, share, progress } = options;
  const directory = await mkdtemp(join(tmpdir(), 'pciem-vm-'));
  try {
    await writeFile(join(directory, 'initramfs'), await buildInitramfs(kernel));
    await writeFile(join(share, 'modules-path'), kernel.modules);
    await writeFile(join(share, 'command.sh'), guestScript(options.command, options.cwd, options.env ?? {}));
    if (options.terminal !== undefined) await writeFile(join(share, 'terminal'), sizeOf(options.terminal));
    if (module !== undefined) await copyFile(module, join(share, 'pciem.ko'));
    const accelerator = options.accelerator ?? (await chooseAccelerator());
    const result = await boot(options, directory, accelerator);
    if (result !== undefined) return result;
    progress('KVM does not run a guest here: emulating the CPU instead');
    await rememberThatKvmFails();
    return (await boot(options, directory, 'tcg')) as VmResult;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** How long a guest may take under KVM to reach its init (ms). */
const signOfLifeLimit = 15_000;
/** How long the guest may take to power off after the command (ms). */
const powerOffLimit = 15_000;
/** The command's output is complete when nothing came for so long after its end (ms). */
const quietTime = 50;

/** What the guest has told, and why the machine was killed if it was. */
interface Course {
  isAlive: boolean;
  bootSeconds: number;
  status?: number;
  failure?: string;
  killedFor?: 'no sign of life' | 'time limit' | 'interrupt';
}

/** Boots once; undefined if there was no sign of life under KVM. */
async function boot(options: VmOptions, directory: string, accelerator: Accelerator): Promise<VmResult | undefined> {
  const { kernel, share, progress, kernelArguments = '', qemuArguments: extraArguments = [] } = options;
  const started = performance.now();
  const course: Course = { isAlive: false, bootSeconds: 0 };
  const channels = await openChannels(directory, {
    onOutput: options.onOutput,
    onWord: (word, argument) => {
      course.isAlive = true;
      if (word === 'start') {
        course.bootSeconds = (performance.now() - started) / 1000;
        progress(
          `booted ${kernel.release} in ${course.bootSeconds.toFixed(1)} s (${accelerator})${options.terminal ? '; Ctrl-] kills it' : ''}`,
        );
      } else if (word === 'exit') {
        course.status = Number(argument);
        endSoon(channels, qemu);
      } else if (word === 'fail') {
        course.failure = argument;
      }
    },
  });
  const qemu = spawnQemu(
    qemuArguments({
      ...options,
      accelerator,
      kernel: kernel.image,
      initramfs: join(directory, 'initramfs'),
      consoleLog: consoleLogOf(share),
      sockets: directory,
      kernelArguments,
      extraArguments,
    }),
  );
  const giveUp = (reason: NonNullable<Course['killedFor']>) => {
    course.killedFor = reason;
    qemu.kill();
  };
  const lifeTimer = setTimeout(
    () => course.isAlive || accelerator === 'tcg' || giveUp('no sign of life'),
    signOfLifeLimit,
  );
  const limitTimer = options.timeout && setTimeout(() => giveUp('time limit'), options.timeout * 1000);
  const disconnect = options.terminal && connectTerminal(options.terminal, channels, () => giveUp('interrupt'));
  const stopForwarding = forwardSignals(options.signals, course, channels, giveUp);
  try {
    await qemu.exited;
  } finally {
    clearTimeout(lifeTimer);
    clearTimeout(limitTimer);
    stopForwarding();
    disconnect?.();
    channels.close();
  }
  // A KVM that does not work hangs the guest, or ends QEMU at once.
  if (accelerator === 'kvm' && !course.isAlive && course.killedFor !== 'interrupt') return undefined;
  const splats = findSplats(await readFile(consoleLogOf(share), 'utf8').catch(() => ''));
  if (course.status === undefined) throw explain(options, course, splats, qemu);
  return { status: course.status, accelerator, bootSeconds: course.bootSeconds, splats };
}

/** Lets the guest power off when all output has come, and helps if it does not manage to. */
function endSoon(channels: Channels, qemu: QemuProcess): void {
  const timer = setInterval(() => {
    if (performance.now() - channels.lastOutput < quietTime) return;
    clearInterval(timer);
    channels.bye();
    const killer = setTimeout(qemu.kill, powerOffLimit);
    void qemu.exited.finally(() => clearTimeout(killer));
  }, quietTime);
  void qemu.exited.finally(() => clearInterval(timer));
}

function forwardSignals(
  signals: EventEmitter | undefined,
  course: Course,
  channels: Channels,
  giveUp: (reason: 'interrupt') => void,
): () => void {
  let count = 0;
  const forward = (name: 'INT' | 'TERM') => {
    count += 1;
    if (count === 1 && course.bootSeconds > 0) channels.signal(name);
    else giveUp('interrupt');
  };
  const onInt = () => forward('INT');
  const onTerm = () => forward('TERM');
  signals?.on('SIGINT', onInt).on('SIGTERM', onTerm);
  return () => signals?.off('SIGINT', onInt).off('SIGTERM', onTerm);
}

/** Why there is no exit status. */
function explain(options: VmOptions, course: Course, splats: readonly Splat[], qemu: QemuProcess): Failure {
  const log = `The kernel's log: ${consoleLogOf(options.share)}`;
  if (course.killedFor === 'interrupt') return new Failure('Interrupted: the virtual machine was killed', [], 130);
  if (course.killedFor === 'time limit') {
    return new Failure(`The command in the virtual machine was not done after ${options.timeout} s`, [log]);
  }
  if (course.failure !== undefined) return new Failure(`The virtual machine did not start: ${course.failure}`, [log]);
  const [splat] = splats;
  if (splat !== undefined) return new Failure(`The kernel in the virtual machine crashed:\n${splat.excerpt}`, [log]);
  return new Failure(`QEMU ended early. ${qemu.complaints()}`.trim(), [log]);
}
