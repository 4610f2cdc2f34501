import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { dataDir, packageRoot } from '../paths.ts';
import type { DeviceOrigin, InstalledDevice } from './device-entry.ts';
import { checkApiVersion, type PluginManifest, readManifest } from './manifest.ts';

/** A package that may have devices. */
export interface PluginPackage {
  name: string;
  /** Directory of its package.json. */
  root: string;
  origin: DeviceOrigin;
}

/** The devices that pciem knows by name. */
export interface DeviceList {
  /** By name; one that the user has installed replaces a built-in one of the same name. */
  devices: InstalledDevice[];
  /** Packages that cannot be used, and why: they must not keep anybody from using the others. */
  problems: { package: string; problem: string }[];
}

/** The devices of all packages; loads none of their code. */
export function listDevices(): DeviceList {
  const byName = new Map<string, InstalledDevice>();
  const problems: DeviceList['problems'] = [];
  for (const { name, root, origin } of [...builtInPackages(), ...userPackages()]) {
    try {
      const manifest = readManifest(join(root, 'package.json'));
      checkApiVersion(manifest);
      for (const device of devicesOf(manifest, origin)) byName.set(device.name, device);
    } catch (error) {
      problems.push({ package: name, problem: messageOf(error) });
    }
  }
  return { devices: [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

function devicesOf({ name, version, devices }: PluginManifest, origin: DeviceOrigin): InstalledDevice[] {
  return devices.map((device) => ({ ...device, origin, package: name, version }));
}

/** The official plugins: dependencies of pciem itself. */
export function builtInPackages(): PluginPackage[] {
  const { dependencies } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@pciem/plugin-'))
    .map((name) => ({ name, root: moduleDirectory(name), origin: 'built-in' }));
}

/** node_modules/NAME here or further up, as npm may put it beside pciem. */
function moduleDirectory(name: string, directory = packageRoot): string {
  const candidate = join(directory, 'node_modules', name);
  const parent = dirname(directory);
  return existsSync(candidate) || parent === directory ? candidate : moduleDirectory(name, parent);
}

/** What `pciem plugins install` and `link` have noted. */
export function userPackages(): PluginPackage[] {
  const directory = dataDir();
  return readNotes(directory).map((plugin) =>
    plugin.type === 'link' && plugin.root !== undefined
      ? { name: plugin.name, root: plugin.root, origin: 'linked' }
      : { name: plugin.name, root: join(directory, 'node_modules', plugin.name), origin: 'installed' },
  );
}

interface PluginNote {
  name: string;
  type?: string;
  root?: string;
}

function readNotes(directory: string): PluginNote[] {
  try {
    const { oclif } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      oclif?: { plugins?: (PluginNote | string)[] };
    };
    return (oclif?.plugins ?? []).map((plugin) => (typeof plugin === 'string' ? { name: plugin } : plugin));
  } catch {
    // None yet, or spoilt: oclif warns of that.
    return [];
  }
}
