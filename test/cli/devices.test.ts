import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_VERSION } from '@pciem/sdk';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SUPPORTED_API_VERSION } from '../../src/devices/manifest.ts';
import { pciem, pciemWith } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-devices-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A data directory with plugins in it, as `pciem plugins install` leaves it. */
function install(...packages: { name: string; manifest: string | object; files?: Record<string, string> }[]) {
  const plugins = packages.map(({ name, manifest, files = {} }) => {
    const root = join(directory, 'node_modules', name);
    mkdirSync(root, { recursive: true });
    const text = typeof manifest === 'string' ? manifest : JSON.stringify({ name, version: '1.2.3', ...manifest });
    for (const [file, content] of Object.entries({ ...files, 'package.json': text }))
      writeFileSync(join(root, file), content);
    return { name, type: 'user', tag: 'latest' };
  });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ oclif: { schema: 1, plugins } }));
  return (...args: string[]) => pciemWith({ env: { PCIEM_DATA_DIR: directory } }, ...args);
}

test('the interface that manifests are checked against is that of the SDK', () => {
  expect(SUPPORTED_API_VERSION).toBe(API_VERSION);
});

test('lists the official devices, one line each, in 80 columns', () => {
  const { status, stdout } = pciem('devices');
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^DEVICE +SUMMARY +FROM$/);
  for (const name of ['nvme', 'edu', 'watchdog', 'serial', 'e1000']) {
    expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
  }
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('listing loads no code of plugins, and an installed device replaces a built-in one', () => {
  const run = install({
    name: 'pciem-mine',
    manifest: {
      type: 'module',
      oclif: {},
      pciem: { apiVersion: 1, devices: [{ name: 'nvme', entry: './bad.js', summary: 'Mine' }] },
    },
    files: { 'bad.js': 'process.stdout.write("LOADED"); throw new Error("loaded");' },
  });
  const { status, stdout } = run('devices', '--json');
  expect(status).toBe(0);
  expect(stdout).not.toContain('LOADED');
  const { devices, problems } = JSON.parse(stdout);
  expect(problems).toEqual([]);
  expect(devices.filter(({ name }: { name: string }) => name === 'nvme')).toEqual([
    {
      name: 'nvme',
      entry: join(directory, 'node_modules/pciem-mine/bad.js'),
      summary: 'Mine',
      origin: 'installed',
      package: 'pciem-mine',
      version: '1.2.3',
    },
  ]);
});

test('broken plugins break neither the list nor the help', () => {
  const run = install(
    { name: 'not-json', manifest: '{' },
    { name: 'wrong-list', manifest: { oclif: {}, pciem: { devices: [{ name: 'x' }] } } },
    { name: 'from-the-future', manifest: { oclif: {}, pciem: { apiVersion: 99, devices: [] } } },
    { name: 'bad-commands', manifest: { oclif: { commands: './none' } } },
  );
  const { status, stdout } = run('devices');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^nvme /m);
  expect(stdout).toMatch(/^not-json cannot be used: .*is not JSON/m);
  expect(stdout).toMatch(/^wrong-list cannot be used: .*pciem\.devices\[0\]\.entry is not the path of a module/m);
  expect(stdout).toMatch(/^from-the-future cannot be used: .*apiVersion 99, .* apiVersion 1$/m);
  const help = run('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toMatch(/^ +run /m);
  expect(run('devices', 'show', 'watchdog').status).toBe(0);
});

test('show tells ids, BARs, registers, fields and options with their defaults', () => {
  const { status, stdout } = pciem('devices', 'show', 'nvme');
  expect(status).toBe(0);
  expect(stdout).toContain('ID 1234:4e56, class 010802');
  expect(stdout).toContain('5 MSI-X vectors');
  expect(stdout).toMatch(/0x0014 +CC +32 +ro/);
  expect(stdout).toMatch(/IOCQES +23:20 +rw/);
  expect(stdout).toMatch(/lbaSize +512 +Bytes of a logical block: 512 or 4096/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test.each([
  ['edu', '1 MSI vector, INTA'],
  ['watchdog', 'INTA'],
  ['nvme', '5 MSI-X vectors'],
])('%s has the interrupts %s', (name, text) => {
  expect(pciem('devices', 'show', name).stdout).toContain(`\nInterrupts: ${text}\n`);
});

test('show depends on the options that are given', () => {
  const { stdout } = pciem('devices', 'show', 'nvme', '--set', 'queues=8', '--json');
  expect(JSON.parse(stdout).functions[0].interrupts.msix).toBe(9);
});

test.each([
  [['show', 'nvem'], 'Did you mean nvme?', 2],
  [['show', 'nvme', '--set', 'queues=zero'], 'option queues: zero is not a number of I/O queue pairs', 2],
  [['show', 'watchdog', '--set', 'a=1'], 'this device takes no options', 2],
  [['show', 'nvme', 'edu'], 'edu', 2],
])('devices %j: says what is wrong', (args, message, expected) => {
  const { status, stderr } = pciem('devices', ...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(status).toBe(expected);
});

test('a device file that throws when it is loaded', () => {
  const file = join(directory, 'broken.ts');
  writeFileSync(file, 'throw new Error("no luck");\n');
  const { status, stderr } = pciem('devices', 'show', file);
  expect(stderr).toContain('no luck');
  expect(stderr).toContain('broken.ts:1:');
  expect(status).toBe(1);
});
