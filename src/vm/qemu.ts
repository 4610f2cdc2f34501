import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** What does the CPU's work. */
export type Accelerator = 'kvm' | 'tcg';

/** The parts of a QEMU command line that differ between machines. */
export interface Machine {
  accelerator: Accelerator;
  kernel: string;
  initramfs: string;
  /** MiB. */
  memory: number;
  cpus: number;
  /** Directory that the guest may write to. */
  share: string;
  /** Gets the kernel's console. */
  consoleLog: string;
  /** Gets what the guest writes to `guestPipe`. */
  pipe?: string;
  /** Directory of the sockets that the ports connect to, named like the ports. */
  sockets: string;
  /** Appended to the kernel's command line. */
  kernelArguments: string;
  /** Appended to QEMU's own command line, such as more devices. */
  extraArguments: readonly string[];
}

/** The guest's lines to the host, see init.sh: three plain ports, and a terminal, which the guest calls hvc0. */
export const ports = ['pciem.control', 'pciem.out', 'pciem.err', 'pciem.tty'] as const;
/** A port whose bytes go straight into a file of the host, when that is asked for. */
const pipePort = 'pciem.pipe';
/** Where the guest writes what is to get into `Machine.pipe`. */
export const guestPipe = `/dev/virtio-ports/${pipePort}`;
export type Port = (typeof ports)[number];

export const qemuBinary = 'qemu-system-x86_64';

/**
 * Everything that QEMU can emulate but fast string operations: with them Linux copies by `rep movsb`, of which TCG makes
 * a loop over single bytes. Without them it takes `rep movsq`.
 */
const emulatedCpu = 'max,erms=off,fsrm=off';

/**
 * Keeps Linux from using cmpxchg16b (feature 4 * 32 + 13). QEMU's TCG before 8.0 leaves garbage in the flags behind one
 * that fails; an interrupt that comes then makes a double fault of it. Linux has a way without, with hardly more
 * instructions.
 */
const emulatedCpuArguments = 'clearcpuid=141';

export function qemuArguments(machine: Machine): string[] {
  const { accelerator, kernel, initramfs, memory, cpus, share, consoleLog, sockets, kernelArguments, extraArguments } =
    machine;
  const isKvm = accelerator === 'kvm';
  return [
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-net', 'none'],
    ['-machine', 'q35,usb=off,smbus=off,sata=off', '-accel', isKvm ? 'kvm' : 'tcg,thread=multi,tb-size=512'],
    ['-cpu', isKvm ? 'host' : emulatedCpu, '-smp', String(cpus), '-m', `${memory}M`],
    ['-kernel', kernel, '-initrd', initramfs],
    ['-append', `console=ttyS0 panic=-1 oops=panic ${isKvm ? '' : emulatedCpuArguments} ${kernelArguments}`.trim()],
    ['-chardev', `file,id=console,path=${escapePath(consoleLog)}`, '-serial', 'chardev:console'],
    ['-virtfs', 'local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap'],
    ['-virtfs', `local,path=${escapePath(share)},mount_tag=share,security_model=none`],
    ['-device', 'virtio-serial-pci'],
    ...ports.map((port) => portArguments(port, sockets)),
    machine.pipe === undefined ? [] : pipeArguments(machine.pipe),
    extraArguments,
  ].flat();
}

/** Whether this user may use KVM; whether it works is another matter, see `runInVm`. */
export async function hasKvmDevice(): Promise<boolean> {
  return access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

function portArguments(port: Port, sockets: string): string[] {
  const id = port.replace('.', '-');
  const path = escapePath(join(sockets, port));
  const device = port === 'pciem.tty' ? 'virtconsole' : 'virtserialport';
  return ['-chardev', `socket,id=${id},path=${path}`, '-device', `${device},chardev=${id},name=${port}`];
}

function pipeArguments(path: string): string[] {
  return [
    ['-chardev', `file,id=pciem-pipe,path=${escapePath(path)}`],
    ['-device', `virtserialport,chardev=pciem-pipe,name=${pipePort}`],
  ].flat();
}

/** In QEMU's option lists a comma is written twice. */
export function escapePath(path: string): string {
  return path.replaceAll(',', ',,');
}
