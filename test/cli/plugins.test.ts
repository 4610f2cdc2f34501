import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { npmPack, Person, writePlugin } from './plugin-package.ts';
import { Registry } from './registry.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let root: string;
let tarball: string;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pciem-plugins-'));
  tarball = await npmPack(writePlugin(join(root, 'blink')), root);
});
afterAll(() => rmSync(root, { recursive: true }));

let person: Person;
let homes = 0;
beforeEach(() => {
  person = new Person(join(root, `home-${homes++}`));
});

async function deviceNames(who = person): Promise<string[]> {
  const { stdout } = await who.pciem('devices', '--json');
  return JSON.parse(stdout).devices.map(({ name }: { name: string }) => name);
}

test('a tarball, in an empty home directory without a network: installed, listed, loaded, removed', async () => {
  const installed = await person.pciem('plugins', 'install', tarball);
  expect(installed).toMatchObject({ status: 0, stdout: 'Installed pciem-plugin-blink 1.0.0: pciem run blink' });
  expect((await person.pciem('devices')).stdout).toMatch(/^blink +Blinks +installed 1\.0\.0$/m);
  const shown = await person.pciem('devices', 'show', 'blink', '--set', 'colour=green');
  expect(shown.stdout).toContain('ID 1234:0bee');
  expect(shown.stdout).toMatch(/0x0010 +LED +32 +rw/);
  expect((await person.pciem('plugins')).stdout).toMatch(/^pciem-plugin-blink +1\.0\.0 +installed +blink$/m);
  expect((await person.pciem('plugins', 'inspect', 'pciem-plugin-blink')).stdout).toContain('device     blink: Blinks');
  const removed = await person.pciem('plugins', 'uninstall', 'pciem-plugin-blink');
  expect(removed).toMatchObject({ status: 0, stdout: 'Removed pciem-plugin-blink' });
  expect(await deviceNames()).not.toContain('blink');
  expect(readdirSync(join(person.home, '.local/share/pciem/tarballs'))).toEqual([]);
});

test('an installed plugin outlives its tarball, and does not keep others from being installed', async () => {
  const mine = join(root, 'mine.tgz');
  renameSync(await npmPack(join(root, 'blink'), person.home), mine);
  await person.pciemIn(root, 'plugins', 'install', 'mine.tgz');
  rmSync(mine);
  const other = writePlugin(join(root, 'other'), {
    manifest: { name: 'pciem-plugin-other' },
    pciem: { devices: [{ name: 'other', entry: './dist/blink.js' }] },
  });
  // A bare name of a directory: for oclif that would be a package of the registry.
  expect(await person.pciemIn(root, 'plugins', 'install', 'other')).toMatchObject({ status: 0 });
  rmSync(other, { recursive: true });
  expect(await deviceNames()).toEqual(expect.arrayContaining(['blink', 'other']));
  expect((await person.pciem('devices', 'show', 'other')).status).toBe(0);
});

test('install scripts run only with --allow-scripts', async () => {
  const proof = join(root, 'script-ran');
  const plugin = writePlugin(join(root, 'scripts'), { manifest: { scripts: { postinstall: `touch ${proof}` } } });
  expect((await person.pciem('plugins', 'install', plugin)).status).toBe(0);
  expect(existsSync(proof)).toBe(false);
  expect((await person.pciem('plugins', 'install', plugin, '--allow-scripts')).status).toBe(0);
  expect(existsSync(proof)).toBe(true);
});

describe('what cannot work is refused, and nothing is installed', () => {
  test.each([
    [
      'another apiVersion',
      { pciem: { apiVersion: 7 } },
      'pciem-plugin-blink 1.0.0 is for apiVersion 7, and this pciem speaks apiVersion 1',
    ],
    ['no devices and no commands', { pciem: { devices: [] } }, 'is no plugin of pciem'],
    [
      'an entry that was not packed',
      { manifest: { files: ['nothing'] } },
      'has no dist/blink.js, the entry of its device',
    ],
    [
      'an entry in TypeScript',
      { pciem: { devices: [{ name: 'x', entry: './dist/x.ts' }] }, files: { 'dist/x.ts': '' } },
      'is TypeScript',
    ],
    ['an entry outside', { pciem: { devices: [{ name: 'x', entry: '../../x.js' }] } }, 'outside of the package'],
  ])('%s', async (what, files, message) => {
    const plugin = writePlugin(join(root, what.replaceAll(' ', '-')), files);
    const { status, stderr } = await person.pciem('plugins', 'install', plugin);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    expect(existsSync(join(person.home, '.local/share/pciem/node_modules'))).toBe(false);
  });

  test.each([
    ['./none.tgz', 'does not exist', 2],
    ['none.tgz', 'does not exist', 2],
    ['../..', 'has no package.json', 2],
    ['UPPER CASE', 'is neither a file or directory nor the name of a package', 2],
    ['no-such-plugin', 'The registry of npm cannot be reached', 1],
  ])(
    '%s',
    async (input, message, expected) => {
      const { status, stderr } = await person.pciem('plugins', 'install', input);
      expect(stderr).toContain(message);
      expect(status).toBe(expected);
    },
    20_000,
  );

  test('a file that is no tarball', async () => {
    writeFileSync(join(person.home, 'bad.tgz'), 'no tarball');
    const { status, stderr } = await person.pciem('plugins', 'install', 'bad.tgz');
    expect(stderr).toMatch(/^pciem: npm pack failed/m);
    expect(status).toBe(1);
  });

  test('a plugin that is not there cannot be removed', async () => {
    const { status, stderr } = await person.pciem('plugins', 'uninstall', 'none');
    expect(stderr).toContain('No plugin none is installed');
    expect(status).toBe(2);
  });
});

test('from the registry, the short name finds the official package, and other names those of others', async () => {
  const registry = await Registry.start();
  try {
    const official = join(packageRoot, 'plugins/watchdog');
    registry.publish(join(official, 'package.json'), await npmPack(official, root));
    registry.publish(join(root, 'blink/package.json'), tarball);
    const online = new Person(join(root, 'online'), registry.url);
    const installed = await online.pciem('plugins', 'install', 'watchdog', 'pciem-plugin-blink@1.0.0');
    expect(installed).toMatchObject({ status: 0 });
    expect(registry.requests[0]).toBe('@pciem/plugin-watchdog');
    const { devices } = JSON.parse((await online.pciem('devices', '--json')).stdout);
    expect(devices).toContainEqual(
      expect.objectContaining({ name: 'watchdog', origin: 'installed', package: '@pciem/plugin-watchdog' }),
    );
    expect(await online.pciem('plugins', 'update')).toMatchObject({
      status: 0,
      stdout: '@pciem/plugin-watchdog 0.1.0\npciem-plugin-blink 1.0.0',
    });
    expect((await online.pciem('plugins', 'uninstall', 'watchdog')).stdout).toBe('Removed @pciem/plugin-watchdog');
    const missing = await online.pciem('plugins', 'install', 'no-such-plugin');
    expect(missing.stderr).toContain(
      'There is no package @pciem/plugin-no-such-plugin, and none called no-such-plugin',
    );
  } finally {
    await registry.stop();
  }
});

test('from git', async () => {
  const repository = writePlugin(join(root, 'repository'));
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: repository });
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-qm', 'One');
  expect(await person.pciem('plugins', 'install', `git+file://${repository}`)).toMatchObject({ status: 0 });
  expect(await deviceNames()).toContain('blink');
});

test('a linked plugin is used where it is, also in TypeScript', async () => {
  const plugin = writePlugin(join(root, 'linked'), {
    pciem: { devices: [{ name: 'linked', entry: './src/linked.ts' }] },
    files: {
      'src/linked.ts': `import { defineDevice } from '@pciem/sdk';
        const vendor: number = 0x1af4;
        export default defineDevice({ name: 'linked', identity: { vendor, device: 1, class: 0 }, bars: [] });`,
    },
  });
  expect((await person.pciemIn(plugin, 'plugins', 'link')).stdout).toContain(`Linked pciem-plugin-blink in ${plugin}`);
  expect((await person.pciem('devices', 'show', 'linked')).stdout).toContain('ID 1af4:0001');
  expect((await person.pciemIn(plugin, 'plugins', 'unlink', '.')).stdout).toBe('Removed pciem-plugin-blink');
  expect(await deviceNames()).not.toContain('linked');
});

test('a plugin may bring commands; one whose commands are broken breaks neither help nor others', async () => {
  const command = `import { Command } from '@oclif/core/command';`;
  const good = writePlugin(join(root, 'good'), {
    manifest: { name: 'pciem-plugin-good', oclif: { commands: './dist/commands' } },
    files: {
      'dist/commands/wave.js': `export default class Wave { static id = 'wave'; static summary = 'Waves';
        static flags = {}; static args = {}; static async run() { console.log('hello there'); } }`,
    },
  });
  const bad = writePlugin(join(root, 'bad'), {
    manifest: { name: 'pciem-plugin-bad', oclif: { commands: './dist/commands', hooks: { init: './dist/none.js' } } },
    files: { 'dist/commands/boom.js': `${command} throw new Error('boom');` },
  });
  const gone = writePlugin(join(root, 'gone'), { manifest: { name: 'pciem-plugin-gone' } });
  expect((await person.pciem('plugins', 'install', good, bad, gone)).status).toBe(0);
  rmSync(join(person.home, '.local/share/pciem/node_modules/pciem-plugin-gone/package.json'));
  const help = await person.pciem('--help');
  expect(help.status).toBe(0);
  expect(help.stdout).toMatch(/^ +wave +Waves$/m);
  expect(help.stdout).toMatch(/^ +run /m);
  expect((await person.pciem('wave')).stdout).toBe('hello there');
  expect((await person.pciem('devices')).stdout).toMatch(/^pciem-plugin-gone cannot be used: /m);
});
