import { findKernels, type Kernel } from '../kernels/index.ts';
import { headersOf } from '../kmod/headers.ts';
import { has, type Machine } from '../kmod/machine.ts';
import { cannotUseKvm, noteFile } from '../vm/accelerator.ts';
import { qemuBinary } from '../vm/qemu.ts';
import { bad, type Check, note, ok } from './finding.ts';
import { installLine } from './packages.ts';

/** What `--vm` needs. */
export async function examineVm(machine: Machine, kernels: readonly Kernel[] = findKernels()): Promise<Check[]> {
  return [await qemu(machine), await kvm(), busybox(machine), kernel(machine, kernels), await compiler(machine)];
}

async function qemu(machine: Machine): Promise<Check> {
  const fix = installLine(machine, 'qemu');
  const end = await machine.run(qemuBinary, ['--version']);
  if (end === undefined) return bad('qemu', `There is no ${qemuBinary}`, fix);
  const version = /version (\S+)/.exec(end.stdout)?.[1];
  if (end.status !== 0 || version === undefined) {
    return bad('qemu', `${qemuBinary} does not work: ${end.stderr.trim()}`, fix);
  }
  const devices = await machine.run(qemuBinary, ['-device', 'help']);
  if (!devices?.stdout.includes('virtio-9p-pci')) {
    return bad('qemu', `QEMU ${version} cannot share files with a machine: it has no virtio-9p-pci`, fix);
  }
  return ok('qemu', `QEMU ${version}`);
}

async function kvm(): Promise<Check> {
  const reason = await cannotUseKvm();
  if (reason === undefined) return ok('kvm', 'KVM can be used');
  const slow = 'the CPU is emulated, which is some ten times slower';
  if (reason === 'none') {
    return note(
      'kvm',
      `There is no /dev/kvm: ${slow}`,
      'Turn virtualisation on in the setup of the firmware, or nested virtualisation on the host',
    );
  }
  if (reason === 'denied') {
    return note('kvm', `/dev/kvm is not for you: ${slow}`, `sudo usermod -aG kvm $USER, and log in again`);
  }
  return note('kvm', `KVM has hung a machine since this one booted: ${slow}`, `To try it again: rm ${noteFile()}`);
}

function busybox(machine: Machine): Check {
  if (has(machine, '/bin/busybox')) return ok('busybox', '/bin/busybox');
  return bad('busybox', 'There is no /bin/busybox, statically linked', installLine(machine, 'busybox'));
}

function kernel(machine: Machine, kernels: readonly Kernel[]): Check {
  const usable = kernels.filter(({ build }) => build !== undefined).map(({ release }) => release);
  if (usable.length > 0) return ok('vm-kernel', `Kernels to boot: ${usable.join(', ')}`);
  const [first] = kernels;
  if (first !== undefined) {
    return bad(
      'vm-kernel',
      `Kernel ${first.release} is here, but not its headers, so the module cannot be built`,
      `sudo apt-get install linux-headers-${first.release}, or what your distribution calls them`,
    );
  }
  const isDebian = has(machine, '/usr/share/keyrings/debian-archive-keyring.gpg');
  if (isDebian)
    return note(
      'vm-kernel',
      'No kernel is here that can be read: the first machine downloads that of Debian 12',
      'Without a network: sudo apt-get install linux-image-amd64 linux-headers-amd64',
    );
  return bad(
    'vm-kernel',
    `No kernel in /boot can be read, or its headers are missing (${headersOf(machine) ?? 'none'})`,
    'Give one: pciem run … --vm --kernel IMAGE; or sudo chmod +r /boot/vmlinuz-*',
  );
}

/** Both ways need it: the module is built from its sources. */
export async function compiler(machine: Machine): Promise<Check> {
  const missing: string[] = [];
  for (const program of ['make', 'gcc']) {
    if ((await machine.run(program, ['--version'])) === undefined) missing.push(program);
  }
  if (missing.length === 0) return ok('compiler', 'make and gcc');
  return bad(
    'compiler',
    `There is no ${missing.join(' and no ')}, which the kernel module is built with`,
    installLine(machine, 'compiler'),
  );
}
