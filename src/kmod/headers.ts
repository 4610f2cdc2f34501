import { Failure } from '../errors.ts';
import { has, type Machine, textOf } from './machine.ts';

/** The directory that `make -C` needs, if the headers are installed. */
export function headersOf(machine: Machine, release = machine.release): string | undefined {
  const candidates = [`/lib/modules/${release}/build`, `/usr/src/linux-headers-${release}`];
  return candidates.find((path) => has(machine, `${path}/Makefile`));
}

/** The command that installs exactly the headers of a kernel, by what /etc/os-release says. */
export function installCommand(osRelease: string, release: string): string | undefined {
  const words = `${field(osRelease, 'ID')} ${field(osRelease, 'ID_LIKE')}`.split(/\s+/);
  const [, command] = distributions.find(([names]) => names.some((name) => words.includes(name))) ?? [];
  return command?.(release);
}

const distributions: [names: string[], command: (release: string) => string][] = [
  [['debian', 'ubuntu'], (release) => `apt-get install linux-headers-${release}`],
  [['fedora', 'rhel', 'centos'], (release) => `dnf install kernel-devel-${release}`],
  [['suse', 'opensuse'], (release) => `zypper install ${susePackage(release)}`],
  [['arch'], (release) => `pacman -S ${archPackage(release)}`],
  [['alpine'], (release) => `apk add linux-${/-(\w+)$/.exec(release)?.[1] ?? 'lts'}-dev`],
];

/** 6.4.0-150600.23-default: flavour `default`, version without it. */
function susePackage(release: string): string {
  const [, version, flavour] = /^(.*)-([a-z]+)$/.exec(release) ?? [];
  return version === undefined ? 'kernel-default-devel' : `kernel-${flavour}-devel=${version}`;
}

/** 6.12.8-arch1-1, 6.6.69-1-lts, 6.12.8-zen1-1-zen: Arch has one package for each flavour. */
function archPackage(release: string): string {
  const [flavour] = /lts|zen|hardened/.exec(release) ?? [];
  return flavour === undefined ? 'linux-headers' : `linux-${flavour}-headers`;
}

function field(osRelease: string, name: string): string {
  return new RegExp(`^${name}=["']?([^"'\\n]*)`, 'm').exec(osRelease)?.[1]?.toLowerCase() ?? '';
}

export function missingHeaders(machine: Machine, release = machine.release): Failure {
  const osRelease = textOf(machine, '/etc/os-release') ?? textOf(machine, '/usr/lib/os-release') ?? '';
  const command = installCommand(osRelease, release);
  return new Failure(`The headers of kernel ${release} are not installed, so the module cannot be built for it`, [
    command === undefined
      ? `Install what your distribution calls the headers or the development package of kernel ${release}`
      : `Install them: ${command}`,
    'If that package is gone, the kernel is outdated: update it, reboot, try again',
    'Or use another kernel, in a virtual machine: pciem run … --vm --kernel RELEASE',
  ]);
}
