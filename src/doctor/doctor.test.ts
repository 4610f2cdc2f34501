import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../errors.ts';
import type { Kernel } from '../kernels/index.ts';
import type { Machine } from '../kmod/machine.ts';
import { type Check, forPurpose, isReady } from './finding.ts';
import { examineHere } from './here.ts';
import { renderFindings } from './render.ts';
import { examineVm } from './vm.ts';
import { examineWireshark } from './wireshark.ts';

const release = '6.1.0-56-amd64';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pciem-doctor-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, content: string | Uint8Array = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const programs: Record<string, string> = {
  'qemu-system-x86_64 --version': 'QEMU emulator version 7.2.22 (Debian)',
  'qemu-system-x86_64 -device help': 'name "virtio-9p-pci", bus PCI',
  'make --version': '',
  'gcc --version': '',
  'lspci --version': '',
  'modprobe --version': '',
};

/** A Debian where all is well; `without`: programs that are not there. */
function machine(overrides: Partial<Machine> = {}, without: readonly string[] = []): Machine {
  return {
    root,
    release,
    isRoot: true,
    run: async (program, args) => {
      const stdout = programs[`${program} ${args.join(' ')}`];
      return stdout === undefined || without.includes(program) ? undefined : { status: 0, stdout, stderr: '' };
    },
    ...overrides,
  };
}

function healthy(): void {
  write('/etc/os-release', 'ID=debian\n');
  write('/proc/modules');
  write('/bin/busybox');
  write(`/lib/modules/${release}/build/Makefile`);
  write('/dev/pciem');
}

const kernel: Kernel = { release, image: '', modules: '', build: '/build', source: 'running' };
const opens = async () => {};

function find(checks: readonly Check[], name: string): Check | undefined {
  return checks.find((check) => check.name === name);
}

describe('for --vm', () => {
  test('all is there', async () => {
    healthy();
    const checks = await examineVm(machine(), [kernel]);
    expect(isReady('vm', forPurpose('vm', checks))).toBe(true);
    expect(find(checks, 'qemu')?.text).toBe('QEMU 7.2.22');
  });

  test.each([
    ['qemu', 'qemu-system-x86_64', 'sudo apt-get install qemu-system-x86'],
    ['compiler', 'gcc', 'sudo apt-get install make gcc libelf-dev'],
  ])('without %s', async (name, program, fix) => {
    healthy();
    const checks = await examineVm(machine({}, [program]), [kernel]);
    expect(find(checks, name)).toMatchObject({ status: 'bad', fix: [fix] });
    expect(isReady('vm', forPurpose('vm', checks))).toBe(false);
  });

  test('on another distribution, its own way to install', async () => {
    write('/etc/os-release', 'ID=nobara\nID_LIKE="rhel fedora"\n');
    expect(find(await examineVm(machine(), [kernel]), 'busybox')).toMatchObject({
      status: 'bad',
      fix: ['sudo dnf install busybox'],
    });
  });

  test('a kernel without headers', async () => {
    healthy();
    const { build: _, ...bare } = kernel;
    expect(find(await examineVm(machine(), [bare]), 'vm-kernel')).toMatchObject({
      status: 'bad',
      text: expect.stringContaining(release),
    });
  });

  test('a QEMU without file sharing', async () => {
    healthy();
    const run: Machine['run'] = async (program, args) =>
      args[0] === '-device' ? { status: 0, stdout: 'nothing', stderr: '' } : machine().run(program, args);
    expect(find(await examineVm(machine({ run }), [kernel]), 'qemu')?.text).toContain('virtio-9p-pci');
  });
});

describe("for this machine's own bus", () => {
  test('all is there', async () => {
    healthy();
    const checks = await examineHere(machine(), opens);
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  test('an ordinary user', async () => {
    healthy();
    expect(find(await examineHere(machine({ isRoot: false }), opens), 'permissions')?.status).toBe('bad');
  });

  test('the module is not loaded, and cannot be built', async () => {
    write('/etc/os-release', 'ID=debian\n');
    const checks = await examineHere(machine(), opens);
    expect(find(checks, 'module')).toMatchObject({ status: 'bad', fix: ['sudo pciem kmod load'] });
    expect(find(checks, 'headers')?.fix?.[0]).toContain(`linux-headers-${release}`);
  });

  test('the loaded module is that of another version', async () => {
    healthy();
    const fails = async () => {
      throw new Failure('The loaded kernel module has interface 9', ['Load that of this version']);
    };
    expect(find(await examineHere(machine(), fails), 'module')).toEqual({
      name: 'module',
      status: 'bad',
      text: 'The loaded kernel module has interface 9',
      fix: ['Load that of this version'],
    });
  });

  test('Secure Boot keeps the module out', async () => {
    healthy();
    rmSync(join(root, 'dev/pciem'));
    write('/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c', new Uint8Array([6, 0, 0, 0, 1]));
    write('/sys/kernel/security/lockdown', 'none [integrity] confidentiality');
    const check = find(await examineHere(machine(), opens), 'secure-boot');
    expect(check).toMatchObject({ status: 'bad', text: expect.stringContaining('Secure Boot is on') });
    expect(check?.fix?.join('\n')).toContain('--vm');
  });

  test('an IOMMU is named', async () => {
    healthy();
    write('/sys/class/iommu/dmar0/x');
    expect(find(await examineHere(machine(), opens), 'iommu')?.text).toContain('dmar0');
  });

  test.each([
    ['5.15.0-1-amd64', 'older than 6.1'],
    ['6.0.12', 'older than 6.1'],
  ])('Linux %s', async (old, message) => {
    healthy();
    expect(find(await examineHere(machine({ release: old }), opens), 'kernel')?.text).toContain(message);
  });
});

test('without tshark there is no Wireshark', async () => {
  write('/etc/os-release', 'ID=arch\n');
  expect(await examineWireshark(machine())).toEqual([
    expect.objectContaining({ status: 'bad', fix: ['sudo pacman -S wireshark-cli'] }),
  ]);
});

test('is shown in 80 columns, with what to do', async () => {
  const findings = forPurpose('here', await examineHere(machine({ isRoot: false }), opens));
  const text = renderFindings(findings, ['here']);
  expect(text).toMatch(/^Devices on this machine's own bus: not ready\n/);
  expect(text).toContain('  FAIL  Only root may plug devices\n        - sudo pciem run …');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
