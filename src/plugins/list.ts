import { join } from 'node:path';
import type { DeviceOrigin } from '../devices/device-entry.ts';
import { builtInPackages, userPackages } from '../devices/installed.ts';
import { checkApiVersion, readManifest } from '../devices/manifest.ts';
import { messageOf } from '../errors.ts';

/** A plugin that is part of pciem, installed or linked. */
export interface PluginInfo {
  name: string;
  version: string;
  origin: DeviceOrigin;
  /** Directory of the package. */
  root: string;
  apiVersion: number | undefined;
  devices: { name: string; summary: string; entry: string }[];
  /** Why it cannot be used. */
  problem: string | undefined;
}

/** All plugins; loads no code of them. */
export function listPlugins(): PluginInfo[] {
  return [...builtInPackages(), ...userPackages()].map(({ name, root, origin }) => {
    const base = { name, version: '', origin, root, apiVersion: undefined, devices: [] };
    try {
      const manifest = readManifest(join(root, 'package.json'));
      const { version, apiVersion, devices } = manifest;
      return { ...base, version, apiVersion, devices, problem: problemOf(() => checkApiVersion(manifest)) };
    } catch (error) {
      return { ...base, problem: messageOf(error) };
    }
  });
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
