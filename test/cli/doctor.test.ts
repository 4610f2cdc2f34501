import { expect, test, vi } from 'vitest';
import { pciem, pciemWith } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

interface Report {
  ready: Record<string, boolean>;
  findings: { name: string; purpose: string; status: string; fix?: string[] }[];
}

test('says of this machine what is there; every fault has a fix', () => {
  const { status, stdout } = pciem('doctor', '--json');
  const { ready, findings } = JSON.parse(stdout) as Report;
  expect(Object.keys(ready)).toEqual(['vm', 'here', 'wireshark']);
  expect(status).toBe(ready.vm || ready.here ? 0 : 1);
  for (const name of ['qemu', 'kvm', 'busybox', 'vm-kernel', 'kernel', 'permissions', 'module', 'iommu']) {
    expect(findings.map((finding) => finding.name)).toContain(name);
  }
  for (const finding of findings.filter((each) => each.status === 'bad')) {
    expect(finding.fix?.length, finding.name).toBeGreaterThan(0);
    expect(ready[finding.purpose]).toBe(false);
  }
});

test('without QEMU on the PATH, --for vm fails', () => {
  const { status, stdout } = pciemWith({ env: { PATH: '/nowhere' } }, 'doctor', '--for', 'vm');
  expect(stdout).toContain('Devices in a virtual machine (--vm): not ready');
  expect(stdout).toContain('There is no qemu-system-x86_64');
  expect(stdout).not.toContain("this machine's own bus");
  expect(status).toBe(1);
});

test('an unknown purpose', () => {
  const { status, stderr } = pciem('doctor', '--for', 'fun');
  expect(stderr).toContain('--for=fun');
  expect(status).toBe(2);
});
