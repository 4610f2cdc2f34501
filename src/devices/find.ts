import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { basename, extname, join, resolve } from 'node:path';
import { Failure, UsageFailure } from '../errors.ts';
import { packageRoot } from '../paths.ts';
import type { DeviceEntry } from './device-entry.ts';

const moduleExtensions = new Set(['.ts', '.mts', '.js', '.mjs']);

/** The device that the user names: one that is installed, a module file, or the directory of a package. */
export async function findDevice(name: string): Promise<DeviceEntry> {
  const device = isModuleFile(name) ? deviceOfFile(resolve(name)) : await lookUp(name);
  if (!existsSync(device.entry)) {
    throw new Failure(`The device ${device.name} has no ${device.entry}`, ['Build its package: npm run build']);
  }
  return device;
}

function isModuleFile(name: string): boolean {
  return moduleExtensions.has(extname(name)) && statSync(name, { throwIfNoEntry: false })?.isFile() === true;
}

async function lookUp(name: string): Promise<DeviceEntry> {
  const installed = await installedDevices();
  return installed.find((device) => device.name === name) ?? deviceAtPath(name, installed);
}

/** The devices of the packages that pciem depends on. */
export async function installedDevices(): Promise<DeviceEntry[]> {
  const ownPackage = join(packageRoot, 'package.json');
  const { dependencies } = JSON.parse(await readFile(ownPackage, 'utf8')) as { dependencies: Record<string, string> };
  const packages = Object.keys(dependencies).map((name) => findPackageJSON(name, ownPackage));
  const { readManifest } = await import('./manifest.ts');
  const lists = await Promise.all(packages.map((file) => (file === undefined ? [] : readManifest(file))));
  return lists.flat();
}

async function deviceAtPath(name: string, installed: readonly DeviceEntry[]): Promise<DeviceEntry> {
  const path = resolve(name);
  if (!existsSync(path)) {
    throw new UsageFailure(`There is no device "${name}", and no file or directory of that name`, [
      `Devices: ${installed.map((device) => device.name).join(', ')}`,
      'Your own: the path of a .ts or .js file, or of a package with "pciem": {"devices": […]} in its package.json',
    ]);
  }
  if (statSync(path).isDirectory()) return deviceOfPackage(path);
  throw new UsageFailure(`${path} is not a device: it should be a module ending in .ts, .mts, .js or .mjs`);
}

function deviceOfFile(path: string): DeviceEntry {
  return { name: basename(path, extname(path)), entry: path, summary: '' };
}

async function deviceOfPackage(path: string): Promise<DeviceEntry> {
  const packageFile = join(path, 'package.json');
  if (!existsSync(packageFile)) {
    throw new UsageFailure(`${path} is not a package: it has no package.json`);
  }
  const { readManifest } = await import('./manifest.ts');
  const devices = await readManifest(packageFile);
  const [device] = devices;
  if (device === undefined) {
    throw new UsageFailure(`${packageFile} lists no device`, [
      'Add "pciem": {"devices": [{"name": "…", "entry": "./device.ts", "summary": "…"}]}',
    ]);
  }
  if (devices.length > 1) {
    throw new UsageFailure(`${packageFile} lists several devices: give the path of the one to run`, [
      ...devices.map(({ name, entry }) => `${name}: ${entry}`),
    ]);
  }
  return device;
}
