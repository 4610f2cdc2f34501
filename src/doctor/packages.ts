import { type Machine, textOf } from '../kmod/machine.ts';

/** The packages of distributions that a program is in. */
interface PackageNames {
  debian: string;
  fedora: string;
  arch: string;
}

const packages = {
  qemu: { debian: 'qemu-system-x86', fedora: 'qemu-system-x86', arch: 'qemu-system-x86' },
  busybox: { debian: 'busybox-static', fedora: 'busybox', arch: 'busybox' },
  compiler: { debian: 'make gcc libelf-dev', fedora: 'make gcc elfutils-libelf-devel', arch: 'base-devel' },
  pciutils: { debian: 'pciutils', fedora: 'pciutils', arch: 'pciutils' },
  kmod: { debian: 'kmod', fedora: 'kmod', arch: 'kmod' },
  tshark: { debian: 'tshark', fedora: 'wireshark-cli', arch: 'wireshark-cli' },
} satisfies Record<string, PackageNames>;

/** The command that installs a program on this distribution. */
export function installLine(machine: Machine, program: keyof typeof packages): string {
  const osRelease = textOf(machine, '/etc/os-release') ?? '';
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=["']?([^"'\n]*)/gm)].flatMap(([, list = '']) => list.split(' '));
  const names = packages[program];
  if (ids.includes('debian') || ids.includes('ubuntu')) return `sudo apt-get install ${names.debian}`;
  if (ids.includes('fedora') || ids.includes('rhel')) return `sudo dnf install ${names.fedora}`;
  if (ids.includes('arch')) return `sudo pacman -S ${names.arch}`;
  return `Install ${names.debian} (its name in Debian) with the packages of this distribution`;
}
