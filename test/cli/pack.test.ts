import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { npmPack, writePlugin } from './plugin-package.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

// What `npm publish` would publish, installed as a user does: into an empty prefix, and used without the repository.

let directory: string;
let prefix: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-pack-'));
  prefix = join(directory, 'prefix');
  const packages = [
    '.',
    'sdk',
    'capture',
    ...readdirSync(join(packageRoot, 'plugins')).map((name) => `plugins/${name}`),
  ];
  const tarballs = await Promise.all(packages.map((path) => npmPack(join(packageRoot, path), directory)));
  mkdirSync(join(directory, 'home/bin'), { recursive: true });
  copyFileSync(process.execPath, join(directory, 'home/bin/node'));
  const npm = join(packageRoot, 'node_modules/npm/bin/npm-cli.js');
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await execa(process.execPath, [npm, 'install', '--global', `--prefix=${prefix}`, ...options, ...tarballs], {
    cwd: directory,
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Another mount namespace, where the repository is empty; only root can make one, and not in every container. */
const hide = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs none '${packageRoot}' && exec "$@"`, 'sh'];
const canHide = spawnSync(hide[0] as string, [...hide.slice(1), 'true']).status === 0;

function pciem(...args: string[]) {
  const [program = '', ...rest] = [...(canHide ? hide : []), join(prefix, 'bin/pciem'), ...args];
  const home = join(directory, 'home');
  const { status, stdout, stderr } = spawnSync(program, rest, {
    encoding: 'utf8',
    cwd: home,
    env: { PATH: `${home}/bin:/usr/bin:/bin:/usr/sbin:/sbin`, HOME: home, npm_config_registry: 'http://127.0.0.1:9' },
  });
  return { status, stdout, stderr };
}

test('the version and the help', () => {
  expect(pciem('--version').stdout).toMatch(/^pciem\/\d+\.\d+\.\d+ linux-x64 node-v\d/);
  const help = pciem('--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(/^ {2}run /m);
});

test('the official devices are there, and each can be loaded', () => {
  const { devices, problems } = JSON.parse(pciem('devices', '--json').stdout);
  expect(problems).toEqual([]);
  expect(devices.length).toBeGreaterThanOrEqual(6);
  for (const { name, entry } of devices) {
    expect(entry.startsWith(prefix)).toBe(true);
    const shown = pciem('devices', 'show', name, '--json');
    expect({ name, stderr: shown.stderr, status: shown.status }).toEqual({ name, stderr: '', status: 0 });
  }
});

test('a device of the reader, in a file, gets the SDK', () => {
  writeFileSync(
    join(directory, 'home/mine.ts'),
    `import { bar, defineDevice, reg32 } from '@pciem/sdk';
    const size: number = 4096;
    export default defineDevice({ name: 'mine', identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
      bars: [bar(0, { size, registers: { ID: reg32(0, { reset: 5 }) } })] });`,
  );
  expect(pciem('devices', 'show', './mine.ts').stdout).toContain('ID 1234:0001');
});

test('a plugin is installed without a network', async () => {
  const tarball = await npmPack(writePlugin(join(directory, 'blink')), join(directory, 'home'));
  expect(pciem('plugins', 'install', tarball)).toMatchObject({ status: 0 });
  expect(pciem('devices', 'show', 'blink').stdout).toContain('ID 1234:0bee');
});

test('the sources of the module, the dissector and what the virtual machine starts with are there', () => {
  const root = join(prefix, 'lib/node_modules/pciem');
  for (const file of ['kmod/Kbuild', 'kmod/trap.c', 'kmod/thunk.S', 'kmod/include/uapi/linux/pciem.h']) {
    expect(existsSync(join(root, file)), file).toBe(true);
  }
  expect(existsSync(join(root, 'src/vm/init.sh'))).toBe(true);
  expect(existsSync(join(root, 'oclif.manifest.json'))).toBe(true);
  const missing = readdirSync(join(packageRoot, 'dissector/pciem')).filter(
    (name) => !existsSync(join(root, 'dissector/pciem', name)),
  );
  expect(missing).toEqual([]);
});

test('no file of the sources of the module is left out', () => {
  const here = (root: string) =>
    readdirSync(join(root, 'kmod'))
      .filter((name) => /^(Kbuild|Makefile)$|\.[chS]$/.test(name) && !name.endsWith('.mod.c'))
      .sort();
  expect(here(join(prefix, 'lib/node_modules/pciem'))).toEqual(here(packageRoot));
});

test('an old Node is told what is wrong', () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' });
    await import(${JSON.stringify(join(prefix, 'lib/node_modules/pciem/bin/run.js'))});`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toContain('this is Node 20.1.0, and pciem needs 22.18 or newer');
  expect(status).toBe(1);
});
