import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../paths.ts';
import type { ProgramEnd } from '../wireshark/program.ts';
import { installCommand, missingHeaders } from './headers.ts';
import { installModule, moduleVersion } from './install.ts';
import { loadModule, unloadModule } from './load.ts';
import type { Machine } from './machine.ts';
import { renderStatus } from './render-status.ts';
import { signaturePolicy, signingSteps } from './secure-boot.ts';
import { kmodStatus } from './status.ts';

const release = '6.1.0-56-amd64';
let root: string;
let calls: string[];
/** What programs answer, by name; those that are not here do not exist. */
let programs: Record<string, (args: readonly string[]) => Partial<ProgramEnd>>;
let machine: Machine;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pciem-machine-'));
  calls = [];
  programs = {};
  machine = {
    root,
    release,
    isRoot: true,
    run: async (program, args) => {
      calls.push([program, ...args].join(' '));
      const end = programs[program]?.(args);
      return end && { status: 0, stdout: '', stderr: '', ...end };
    },
  };
});

afterEach(() => rmSync(root, { recursive: true }));

function file(path: string, contents: string | Uint8Array = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), contents);
}

const headers = () => file(`/lib/modules/${release}/build/Makefile`);
const secureBoot = (value: number) =>
  file(
    '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
    new Uint8Array([6, 0, 0, 0, value]),
  );
const loaded = (users: number) => file('/sys/module/pciem/refcnt', `${users}\n`);

describe('the package that is missing', () => {
  it.each([
    ['ID=debian', release, `apt-get install linux-headers-${release}`],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', '6.8.0-50-generic', 'apt-get install linux-headers-6.8.0-50-generic'],
    ['ID=fedora', '6.12.8-200.fc41.x86_64', 'dnf install kernel-devel-6.12.8-200.fc41.x86_64'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', '5.14.0-503.el9', 'dnf install kernel-devel-5.14.0-503.el9'],
    [
      'ID=opensuse-leap\nID_LIKE="suse opensuse"',
      '6.4.0-150600.23-default',
      /kernel-default-devel=6\.4\.0-150600\.23$/,
    ],
    ['ID=arch', '6.12.8-arch1-1', 'pacman -S linux-headers'],
    ['ID=arch', '6.6.69-1-lts', 'pacman -S linux-lts-headers'],
    ['ID=alpine', '6.12.8-0-virt', 'apk add linux-virt-dev'],
    ['ID=void', '6.12.8_1', undefined],
  ])('%s', (osRelease, version, expected) => {
    const command = installCommand(osRelease, version);
    if (expected instanceof RegExp) expect(command).toMatch(expected);
    else expect(command).toBe(expected);
  });

  it('is named in the message', () => {
    file('/etc/os-release', 'ID=debian\n');
    const failure = missingHeaders(machine);
    expect(failure.message).toContain(release);
    expect(failure.nextSteps[0]).toBe(`Install them: apt-get install linux-headers-${release}`);
  });
});

describe('Secure Boot', () => {
  it('is off where nothing is said', () => {
    expect(signaturePolicy(machine)).toEqual({ secureBoot: undefined, lockdown: undefined, enforced: false });
    expect(signingSteps(machine, signaturePolicy(machine))).toEqual([]);
  });

  it('with lockdown refuses unsigned modules, and the steps name the key of this machine', () => {
    secureBoot(1);
    file('/sys/kernel/security/lockdown', 'none [integrity] confidentiality\n');
    file('/var/lib/shim-signed/mok/MOK.der');
    const policy = signaturePolicy(machine);
    expect(policy).toEqual({ secureBoot: true, lockdown: 'integrity', enforced: true });
    expect(signingSteps(machine, policy).join('\n')).toMatch(/mokutil --import \/var\/lib\/shim-signed\/mok\/MOK.der/);
  });

  it('alone does not: a kernel without lockdown loads what it likes', () => {
    secureBoot(1);
    file('/sys/kernel/security/lockdown', '[none] integrity confidentiality\n');
    expect(signaturePolicy(machine)).toMatchObject({ secureBoot: true, enforced: false });
  });

  it('explains what insmod says', async () => {
    secureBoot(1);
    file('/sys/kernel/security/lockdown', 'none [integrity] confidentiality\n');
    programs.insmod = () => ({
      status: 1,
      stderr: 'insmod: ERROR: could not insert module: Key was rejected by service',
    });
    await expect(loadModule(machine, 'pciem.ko')).rejects.toMatchObject({
      message: expect.stringContaining('nobody that it trusts has signed it (Secure Boot is on, lockdown: integrity'),
      nextSteps: expect.arrayContaining([expect.stringContaining('mokutil')]),
    });
  });
});

describe('load', () => {
  it('loads once', async () => {
    programs.insmod = () => {
      loaded(0);
      file('/dev/pciem');
      return {};
    };
    expect(await loadModule(machine, '/cache/pciem.ko')).toBe(true);
    expect(await loadModule(machine, '/cache/pciem.ko')).toBe(false);
    expect(calls).toEqual(['insmod /cache/pciem.ko']);
  });

  it('needs root', async () => {
    await expect(loadModule({ ...machine, isRoot: false }, 'pciem.ko')).rejects.toMatchObject({
      message: 'Only root may load kernel modules',
      nextSteps: ['sudo pciem kmod load'],
    });
  });

  it.each([
    ['Invalid module format', /built for another kernel than 6.1.0-56-amd64/],
    ['Cannot allocate memory', /refuses the module: .*Cannot allocate memory/],
  ])('%s', async (stderr, message) => {
    programs.insmod = () => ({ status: 1, stderr });
    await expect(loadModule(machine, 'pciem.ko')).rejects.toThrow(message);
  });
});

describe('unload', () => {
  it('waits for the memory of the last device', async () => {
    loaded(1);
    let left = 3;
    programs.rmmod = () => (left-- > 0 ? { status: 1, stderr: 'Module pciem is in use' } : {});
    const lines: string[] = [];
    expect(await unloadModule(machine, (line) => lines.push(line))).toBe(true);
    expect(calls).toHaveLength(4);
    expect(lines).toHaveLength(1);
  });

  it('says which devices are plugged', async () => {
    loaded(2);
    file('/sys/devices/pci1f000:00/x');
    file('/sys/devices/pci1f001:00/x');
    programs.rmmod = () => ({ status: 1, stderr: 'Module pciem is in use' });
    await expect(unloadModule(machine, () => {})).rejects.toThrow('1f000:00:00.0, 1f001:00:00.0 are plugged');
    expect(calls).toHaveLength(1);
  });

  it('gives up on an open file', async () => {
    loaded(1);
    programs.rmmod = () => ({ status: 1, stderr: 'Module pciem is in use' });
    await expect(unloadModule(machine, () => {}, 250)).rejects.toMatchObject({
      nextSteps: [expect.stringContaining('fuser -v /dev/pciem')],
    });
  });

  it('has nothing to do without a module', async () => {
    expect(await unloadModule(machine, () => {})).toBe(false);
  });
});

describe('install', () => {
  const build = async () => {
    file('/built.ko', 'module');
    return join(root, 'built.ko');
  };

  it('copies the module and runs depmod where there is no dkms', async () => {
    headers();
    programs.depmod = () => ({});
    const { way, path } = await installModule(machine, build, () => {});
    expect([way, path]).toEqual(['modules', `/lib/modules/${release}/updates/pciem.ko`]);
    expect(readFileSync(join(root, path), 'utf8')).toBe('module');
    expect(calls).toContain(`depmod -b ${root} ${release}`);
    expect(await kmodStatus(machine)).toMatchObject({ loaded: false, installed: path });
  });

  it('gives dkms the sources, and nothing but the sources', async () => {
    headers();
    programs.dkms = () => ({});
    const { way, path } = await installModule(machine, build, () => {});
    expect([way, path]).toEqual(['dkms', `/usr/src/pciem-${moduleVersion()}`]);
    for (const name of ['dkms.conf', 'Kbuild', 'main.c', 'thunk.S', 'include/uapi/linux/pciem.h']) {
      expect(existsSync(join(root, path, name)), name).toBe(true);
    }
    expect(existsSync(join(root, path, 'tests'))).toBe(false);
    expect(calls.slice(-3)).toEqual([
      `dkms add pciem/${moduleVersion()}`,
      `dkms build pciem/${moduleVersion()} -k ${release}`,
      `dkms install pciem/${moduleVersion()} -k ${release}`,
    ]);
  });

  it('shows the end of what dkms says when it fails', async () => {
    headers();
    programs.dkms = ([step]) => (step === 'build' ? { status: 10, stderr: 'Error! Bad return status' } : {});
    await expect(installModule(machine, build, () => {})).rejects.toThrow('Bad return status');
  });

  it('wants headers first', async () => {
    await expect(installModule(machine, build, () => {})).rejects.toThrow('headers of kernel 6.1.0-56-amd64');
  });
});

describe('status', () => {
  it('is complete', async () => {
    headers();
    loaded(3);
    file('/sys/module/pciem/srcversion', '533BB7E5866E52F63B9ACCB\n');
    file('/dev/pciem');
    file('/sys/devices/pci1f000:00/x');
    file('/sys/devices/pci0000:00/x');
    programs.dkms = () => ({ stdout: `pciem/0.1.0, ${release}, x86_64: installed\n` });
    const status = await kmodStatus(machine);
    expect(status).toEqual({
      release,
      loaded: true,
      users: 3,
      srcversion: '533BB7E5866E52F63B9ACCB',
      deviceNode: true,
      domains: ['1f000'],
      dkms: `pciem/0.1.0, ${release}, x86_64: installed`,
      headers: `/lib/modules/${release}/build`,
      signatures: { secureBoot: undefined, lockdown: undefined, enforced: false },
    });
    expect(renderStatus(machine, status)).toMatch(/module +loaded 533BB7E5866E52F63B9ACCB, 3 in use\n.*1f000:00:00.0/);
  });
});

it('dkms.conf has the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  expect(moduleVersion()).toBe(version);
});
