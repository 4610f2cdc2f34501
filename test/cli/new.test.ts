import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { pciemWith } from './pciem.ts';
import { npmPack } from './plugin-package.ts';

// A plugin as `pciem new` writes it, with the SDK as npm would install it, and no network.

let directory: string;
let plugin: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-new-'));
  plugin = join(directory, 'pciem-plugin-blinker');
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const modules = join(packageRoot, 'node_modules');
const run = (program: string, ...args: string[]) =>
  execa(program, args, { cwd: plugin, preferLocal: true, reject: false });

/** What npm would do: unpack the workspaces' packages, and what they and the plugin depend on. */
async function install(): Promise<void> {
  const target = join(plugin, 'node_modules');
  for (const name of ['sdk', 'capture']) {
    const tarball = await npmPack(join(packageRoot, name), directory);
    const to = join(target, '@pciem', name);
    mkdirSync(to, { recursive: true });
    await execa('tar', ['-xzf', tarball, '-C', to, '--strip-components=1']);
  }
  for (const name of readdirSync(modules)) {
    if (!name.startsWith('.') && name !== '@pciem') symlinkSync(join(modules, name), join(target, name));
  }
}

test('writes a plugin', () => {
  const { status, stdout } = pciemWith({ cwd: directory }, 'new', 'blinker', '--json');
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ packageName: 'pciem-plugin-blinker', directory: plugin });
});

test('the device can be looked at before anything is installed', () => {
  for (const name of ['src/blinker.ts', '.']) {
    const { status, stdout } = pciemWith({ cwd: plugin }, 'devices', 'show', name);
    expect(stdout).toContain('STATUS');
    expect(status).toBe(0);
  }
});

test('the package can be linked before anything is built, and says how to build it before it is installed', () => {
  const env = { HOME: join(directory, 'home'), npm_config_registry: 'http://127.0.0.1:9' };
  const linked = pciemWith({ cwd: directory, env }, 'plugins', 'link', plugin, '--json');
  expect(JSON.parse(linked.stdout)).toMatchObject({ name: 'pciem-plugin-blinker', devices: [{ name: 'blinker' }] });
  expect(pciemWith({ cwd: directory, env }, 'devices', 'show', 'blinker').stdout).toContain('STATUS');
  const installed = pciemWith({ cwd: directory, env }, 'plugins', 'install', plugin);
  expect(installed.stderr).toContain('pciem-plugin-blinker has no dist/blinker.js');
  expect(installed.stderr).toContain('If it is yours: npm install && npm run build');
  expect(installed.status).toBe(1);
  const removed = pciemWith({ cwd: directory, env }, 'plugins', 'uninstall', 'pciem-plugin-blinker', '--json');
  expect(JSON.parse(removed.stdout)).toEqual({ removed: ['pciem-plugin-blinker'] });
});

test('it builds, passes its tests, and what is wrong does not compile', { timeout: 120_000 }, async () => {
  await install();
  const build = await run(process.execPath, join(modules, 'typescript/bin/tsc'));
  expect(build.stdout).toBe('');
  expect(build.exitCode).toBe(0);
  const tests = await run(process.execPath, '--test', 'src/**/*.test.ts');
  expect(tests.stdout).toMatch(/pass 2\b/);
  expect(tests.exitCode).toBe(0);
  writeFileSync(join(plugin, 'src/wrong.ts'), `import d from './blinker.ts';\nexport const n: string = d.nam;\n`);
  const wrong = await run(process.execPath, join(modules, 'typescript/bin/tsc'), '--noEmit');
  expect(wrong.stdout).toContain('nam');
  rmSync(join(plugin, 'src/wrong.ts'));
});

test('pciem takes it for a plugin', () => {
  const { status, stdout } = pciemWith({ cwd: directory }, 'devices', 'show', plugin);
  expect(stdout).toContain('COUNT');
  expect(status).toBe(0);
});

test('a name or directory that will not do is refused', () => {
  const taken = pciemWith({ cwd: directory }, 'new', 'blinker');
  expect(taken.status).toBe(2);
  expect(taken.stderr).toContain('is there already, and not empty');
  const name = pciemWith({ cwd: directory }, 'new', 'Blinker!');
  expect(name.status).toBe(2);
  expect(name.stderr).toContain('The name Blinker! will not do');
});
