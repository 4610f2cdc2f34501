import { expect, test } from 'vitest';
import { compareVersions, findWireshark, parseFolders } from './installation.ts';
import type { RunProgram } from './program.ts';

const folders = `Temp:                	/tmp
Personal configuration:	/home/me/.config/wireshark
Personal Lua Plugins:	/home/me/.local/lib/wireshark/plugins
Global Lua Plugins:  	/usr/lib/wireshark/plugins
`;
const old = `${folders}Extcap path:         	/usr/lib/wireshark/extcap\nMaxMind database path:	/a\nMaxMind database path:	/b\n`;
const recent = `${folders}Personal Extcap path:	/home/me/.local/lib/wireshark/extcap\nGlobal Extcap path:  	/usr/libexec/wireshark/extcap\n`;

const tshark =
  (version: string, status = 0): RunProgram =>
  async (_, [option]) => ({
    status,
    stdout: option === '--version' ? `TShark (Wireshark) ${version} (Git v${version}).` : old,
    stderr: status === 0 ? '' : 'broken',
  });

test('folders of Wireshark 4.0, which searches live sources in one place', () => {
  expect(parseFolders(old)).toEqual({
    luaPlugins: '/home/me/.local/lib/wireshark/plugins',
    globalLuaPlugins: '/usr/lib/wireshark/plugins',
    configuration: '/home/me/.config/wireshark',
    extcap: ['/usr/lib/wireshark/extcap'],
  });
});

test('folders of Wireshark 4.6: the own one first', () => {
  expect(parseFolders(recent).extcap).toEqual([
    '/home/me/.local/lib/wireshark/extcap',
    '/usr/libexec/wireshark/extcap',
  ]);
});

test('a folder that is not told', () => {
  expect(() => parseFolders('Temp: /tmp')).toThrow('tshark -G folders does not tell "Personal Lua Plugins"');
});

test('what is found', async () => {
  expect((await findWireshark(tshark('4.0.17'))).version).toBe('4.0.17');
});

test('no tshark, one that is too old, one that fails', async () => {
  await expect(findWireshark(async () => undefined)).rejects.toThrow('There is no tshark');
  await expect(findWireshark(tshark('3.6.2'))).rejects.toThrow('This is Wireshark 3.6.2; pciem needs 4.0 or later');
  await expect(findWireshark(tshark('4.0.0', 2))).rejects.toThrow('tshark -G folders fails: broken');
});

test('versions are compared number by number', () => {
  expect(compareVersions('4.10.0', '4.4')).toBeGreaterThan(0);
  expect(compareVersions('4.0.17', '4.4')).toBeLessThan(0);
  expect(compareVersions('4.4.0', '4.4')).toBe(0);
});
