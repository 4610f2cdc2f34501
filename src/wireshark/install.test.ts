import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examine } from './doctor.ts';
import { install, uninstall } from './install.ts';
import type { WiresharkInstallation } from './installation.ts';
import { viewerArguments } from './open.ts';
import type { RunProgram } from './program.ts';

let home: string;
let wireshark: WiresharkInstallation;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pciem-install-'));
  wireshark = {
    version: '4.4.18',
    luaPlugins: join(home, 'lua'),
    globalLuaPlugins: '/usr/lib/wireshark/plugins',
    configuration: join(home, 'config'),
    extcap: ['/dev/null/extcap', join(home, 'extcap')],
  };
});
afterEach(() => rm(home, { recursive: true }));

async function everything(): Promise<string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1))
    .sort();
}

test('dissector, profile and live source are installed, again without a change', async () => {
  const { written, unchanged, extcap } = await install(wireshark);
  expect(unchanged).toEqual([]);
  expect(await everything()).toEqual(
    [...written.map((path) => path.slice(home.length + 1)), 'config/pciem-installed.json'].sort(),
  );
  expect(await everything()).toEqual(
    expect.arrayContaining([
      'lua/pciem.lua',
      'lua/pciem/nvme.lua',
      'config/profiles/pciem/colorfilters',
      'config/profiles/pciem/dfilter_buttons',
      'extcap/pciem',
    ]),
  );
  expect(extcap).toBe(join(home, 'extcap'));
  expect((await stat(join(home, 'extcap/pciem'))).mode & 0o777).toBe(0o755);
  const again = await install(wireshark);
  expect(again).toEqual({ written: [], unchanged: written, removed: [], extcap });
});

test('a file of the user is not overwritten, and nothing is written then', async () => {
  await mkdir(wireshark.luaPlugins);
  await writeFile(join(wireshark.luaPlugins, 'pciem.lua'), '-- mine');
  await expect(install(wireshark)).rejects.toMatchObject({
    message: 'Files that pciem did not write, or that were changed since, would be overwritten',
    nextSteps: [join(wireshark.luaPlugins, 'pciem.lua'), 'Move them away, then install again'],
  });
  expect(await everything()).toEqual(['lua/pciem.lua']);
});

test('a file that pciem wrote is replaced by a newer one, but not after the user has changed it', async () => {
  await install(wireshark);
  const plugins = join(wireshark.luaPlugins, 'pciem/plugins.lua');
  await writeFile(plugins, 'changed');
  await expect(install(wireshark)).rejects.toMatchObject({ nextSteps: [plugins, expect.anything()] });
});

test('uninstall removes what was installed, and keeps what was changed or is others', async () => {
  await install(wireshark);
  const colours = join(wireshark.configuration, 'profiles/pciem/colorfilters');
  await writeFile(colours, 'my colours');
  await writeFile(join(wireshark.luaPlugins, 'other.lua'), '');
  expect((await uninstall(wireshark)).kept).toEqual([colours]);
  expect(await everything()).toEqual(['config/profiles/pciem/colorfilters', 'lua/other.lua']);
  expect(await uninstall(wireshark)).toEqual({ removed: [], kept: [] });
});

test('the dissector of a plugin comes and goes', async () => {
  const plugin = join(home, 'plugin');
  await mkdir(plugin);
  await writeFile(join(plugin, 'package.json'), JSON.stringify({ pciem: { dissector: './adder.lua' } }));
  await writeFile(join(plugin, 'adder.lua'), 'return 1\n');
  const path = join(wireshark.luaPlugins, 'pciem/adder.dissector');
  await install(wireshark, [plugin]);
  expect(await readFile(path, 'utf8')).toBe('return 1\n');
  expect(await readFile(join(wireshark.luaPlugins, 'pciem/plugins.lua'), 'utf8')).toContain(`return {"${path}"}`);
  expect((await install(wireshark)).removed).toEqual([path]);
});

test('a plugin without a dissector', async () => {
  await expect(install(wireshark, [home])).rejects.toThrow(`${home}/package.json cannot be read`);
  await writeFile(join(home, 'package.json'), '{"pciem": {}}');
  await expect(install(wireshark, [home])).rejects.toThrow(`${home}/package.json names no dissector`);
});

const answers =
  (protocols: string, stderr = ''): RunProgram =>
  async (program, args) => {
    if (program === 'flatpak') return undefined;
    if (args[0] === '--extcap-interfaces') return { status: 0, stdout: 'extcap {version=1}\n', stderr: '' };
    return { status: 0, stdout: protocols, stderr };
  };
const loaded = 'PCI Express transaction (pciem)\tPCIEM\tpciem\n';

async function problems(run: RunProgram, isRoot = false): Promise<string[]> {
  return (await examine(wireshark, run, isRoot)).filter(({ ok }) => !ok).map(({ text }) => text);
}

test('the doctor finds nothing wrong after an installation', async () => {
  await install(wireshark);
  expect(await problems(answers(loaded))).toEqual([]);
});

test('the doctor before an installation', async () => {
  const findings = await examine(wireshark, answers(''), false);
  expect(findings.map(({ ok, fix }) => [ok, fix])).toEqual([
    [true, undefined],
    [false, 'pciem wireshark install'],
    [false, 'pciem wireshark install'],
    [false, expect.stringContaining('sudo pciem wireshark install')],
  ]);
});

test('the doctor knows that recent versions load no Lua as root', async () => {
  await install(wireshark);
  expect(await problems(answers(''), true)).toEqual([
    'Wireshark 4.4.18 loads no Lua script as root, and does not say so',
  ]);
  wireshark.version = '4.0.17';
  expect(await problems(answers(''), true)).toEqual(['tshark does not load the dissector']);
});

test('the doctor repeats what Lua complains about', async () => {
  await install(wireshark);
  const stderr = 'tshark: Lua: Error during loading:\n/x/pciem.lua:3: oops\n';
  expect(await problems(answers('', stderr))).toEqual([
    'The dissector fails to load: tshark: Lua: Error during loading:\n/x/pciem.lua:3: oops',
  ]);
});

test('the doctor misses a file that was installed', async () => {
  await install(wireshark);
  const path = join(wireshark.luaPlugins, 'pciem.lua');
  await rm(path);
  expect(await problems(answers(loaded))).toEqual([`Missing: ${path}`]);
});

test('a capture is opened with the profile, or without an installation with the dissector itself', async () => {
  expect(await viewerArguments(wireshark, '/tmp/a.pcapng')).toEqual([
    '-X',
    expect.stringMatching(/^lua_script:.*\/dissector\/pciem\.lua$/),
    '-r',
    '/tmp/a.pcapng',
  ]);
  await install(wireshark);
  expect(await viewerArguments(wireshark, '/tmp/a.pcapng')).toEqual(['-C', 'pciem', '-r', '/tmp/a.pcapng']);
});

test('the launcher is a script that a shell can run', async () => {
  await install(wireshark);
  execFileSync('sh', ['-n', join(home, 'extcap/pciem')]);
});
