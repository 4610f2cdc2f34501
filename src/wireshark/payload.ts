import { readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import { quote } from '../vm/guest-script.ts';
import type { WiresharkInstallation } from './installation.ts';
import { colouringRules, filterButtons, PROFILE, preferences } from './profile.ts';

/** A file to be installed. */
export interface InstallFile {
  path: string;
  content: string;
  executable?: boolean;
}

const dissector = join(packageRoot, 'dissector');

/** The dissector as a script for `-X lua_script:`. */
export const dissectorScript: string = join(dissector, 'pciem.lua');

/** The dissector, those of the plugins in `packages`, and the profile. */
export async function payload(wireshark: WiresharkInstallation, packages: readonly string[]): Promise<InstallFile[]> {
  const folder = wireshark.luaPlugins;
  const files: InstallFile[] = [await copy('pciem.lua', folder)];
  for (const name of (await readdir(join(dissector, 'pciem'))).sort()) {
    files.push(await copy(join('pciem', name), folder));
  }
  const plugins = await Promise.all(packages.map((path) => pluginDissector(path, folder)));
  const list = plugins.map(({ path }) => JSON.stringify(path)).join(', ');
  files.push(...plugins, {
    path: join(folder, 'pciem/plugins.lua'),
    content: `-- Written by pciem wireshark install: dissectors that plugins brought.\nreturn {${list}}\n`,
  });
  const profile = join(wireshark.configuration, 'profiles', PROFILE);
  files.push({ path: join(profile, 'preferences'), content: preferences() });
  files.push({ path: join(profile, 'colorfilters'), content: colouringRules() });
  files.push({ path: join(profile, 'dfilter_buttons'), content: filterButtons() });
  return files;
}

/** What Wireshark starts to list and to capture from running devices, for one of its extcap folders. */
export function extcapLauncher(folder: string): InstallFile {
  const main = join(packageRoot, 'dist/extcap/main.js');
  return {
    path: join(folder, 'pciem'),
    content: `#!/bin/sh\n# Written by pciem wireshark install.\nexec ${quote(process.execPath)} ${quote(main)} "$@"\n`,
    executable: true,
  };
}

async function copy(name: string, folder: string): Promise<InstallFile> {
  return { path: join(folder, name), content: await readFile(join(dissector, name), 'utf8') };
}

const manifest = z.object({ pciem: z.object({ dissector: z.string().min(1) }) });

/** The dissector that a package names. Wireshark must not load it by itself, before ours, so it does not end in .lua. */
async function pluginDissector(directory: string, folder: string): Promise<InstallFile> {
  const packageFile = resolve(directory, 'package.json');
  const text = await readFile(packageFile, 'utf8').catch(() => {
    throw new Failure(`${packageFile} cannot be read: give the directory of a plugin`, [], 2);
  });
  const parsed = manifest.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new Failure(`${packageFile} names no dissector`, ['Add "pciem": {"dissector": "./device.lua"}'], 2);
  }
  const source = resolve(directory, parsed.data.pciem.dissector);
  const content = await readFile(source, 'utf8').catch(() => {
    throw new Failure(`${packageFile} names the dissector ${source}, which cannot be read`);
  });
  return { path: join(folder, 'pciem', `${basename(source, '.lua')}.dissector`), content };
}
