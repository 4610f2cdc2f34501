import { existsSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { Failure, UsageFailure } from '../errors.ts';
import type { DeviceEntry } from './device-entry.ts';
import { listDevices } from './installed.ts';
import { checkApiVersion, readManifest } from './manifest.ts';

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
  const found = listDevices().devices.find((device) => device.name === name);
  if (found === undefined) return deviceAtPath(name);
  const { name: own, entry, summary, outputs } = found;
  return { name: own, entry, summary, ...(outputs && { outputs }) };
}

async function deviceAtPath(name: string): Promise<DeviceEntry> {
  const path = resolve(name);
  if (!existsSync(path)) throw await noSuchDevice(name);
  if (statSync(path).isDirectory()) return deviceOfPackage(path);
  throw new UsageFailure(`${path} is not a device: it should be a module ending in .ts, .mts, .js or .mjs`);
}

async function noSuchDevice(name: string): Promise<UsageFailure> {
  const { devices, problems } = listDevices();
  const names = devices.map((device) => device.name);
  const { closest } = await import('./similar.ts');
  const guess = closest(name, names);
  return new UsageFailure(`There is no device "${name}", and no file or directory of that name`, [
    ...(guess === undefined ? [] : [`Did you mean ${guess}?`]),
    `Devices: ${names.join(', ')}`,
    'Your own: the path of a .ts or .js file, or of a package with "pciem": {"devices": […]} in its package.json',
    ...problems.map(({ package: plugin, problem }) => `The plugin ${plugin} cannot be used: ${problem}`),
  ]);
}

function deviceOfFile(path: string): DeviceEntry {
  return { name: basename(path, extname(path)), entry: path, summary: '' };
}

function deviceOfPackage(path: string): DeviceEntry {
  const packageFile = join(path, 'package.json');
  if (!existsSync(packageFile)) {
    throw new UsageFailure(`${path} is not a package: it has no package.json`);
  }
  const manifest = readManifest(packageFile);
  checkApiVersion(manifest);
  const { devices } = manifest;
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
