import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure, messageOf } from '../errors.ts';
import type { DeviceEntry } from './device-entry.ts';

/**
 * The interface between devices and pciem that this version speaks. The same number as `API_VERSION` of the SDK, which
 * would have to be loaded to read it; a test compares them.
 */
export const SUPPORTED_API_VERSION = 1;

/** What a package.json says about devices. */
export interface PluginManifest {
  name: string;
  version: string;
  /** The interface that the devices were written for; a package that does not say takes any. */
  apiVersion: number | undefined;
  devices: DeviceEntry[];
  /** It adds commands to pciem, as any plugin of oclif can. */
  hasCommands: boolean;
}

type Json = Record<string, unknown>;

/**
 * Reads `"pciem": {"devices": […]}` of a package.json. Throws a Failure that names what is wrong. Checked by hand and
 * read at once: this runs at every start, and a schema library alone would take longer than all of the rest.
 */
export function readManifest(packageFile: string): PluginManifest {
  const json = parseJson(packageFile, readText(packageFile));
  const wrong = (field: string, expected: string): never => {
    throw new Failure(`${packageFile}: ${field} is not ${expected}`, [
      'As in: "pciem": {"apiVersion": 1, "devices": [{"name": "…", "entry": "./dist/device.js", "summary": "…"}]}',
    ]);
  };
  if (!isObject(json)) throw new Failure(`${packageFile} is not a JSON object`);
  const { name = '', version = '', pciem = {}, oclif } = json;
  if (typeof name !== 'string') return wrong('name', 'a text');
  if (typeof version !== 'string') return wrong('version', 'a text');
  if (!isObject(pciem)) return wrong('pciem', 'an object');
  const { apiVersion, devices = [] } = pciem;
  if (apiVersion !== undefined && !Number.isSafeInteger(apiVersion)) return wrong('pciem.apiVersion', 'a whole number');
  if (!Array.isArray(devices)) return wrong('pciem.devices', 'a list');
  const directory = dirname(packageFile);
  return {
    name,
    version,
    apiVersion: apiVersion as number | undefined,
    hasCommands: isObject(oclif) && (oclif.commands !== undefined || oclif.hooks !== undefined),
    devices: devices.map((device: unknown, index) => {
      const field = `pciem.devices[${index}]`;
      if (!isObject(device)) return wrong(field, 'an object');
      const { name, entry, summary = '', outputs = [] } = device;
      if (typeof name !== 'string' || name === '') return wrong(`${field}.name`, 'a name');
      if (typeof entry !== 'string' || entry === '') return wrong(`${field}.entry`, 'the path of a module');
      if (typeof summary !== 'string') return wrong(`${field}.summary`, 'a text');
      if (!isListOfTexts(outputs)) return wrong(`${field}.outputs`, 'a list of names of options');
      return { name, entry: builtOrSource(resolve(directory, entry)), summary, ...(outputs.length > 0 && { outputs }) };
    }),
  };
}

/**
 * The source in src/ of an entry in dist/ that has not been built: a package runs where it is written, before it is
 * built. Not under node_modules, where Node runs no TypeScript.
 */
function builtOrSource(entry: string): string {
  if (existsSync(entry) || entry.includes('/node_modules/')) return entry;
  const source = entry.replace(/\/dist\/([^/]+)\.js$/, '/src/$1.ts');
  return existsSync(source) ? source : entry;
}

/** Refuses a package that was written for another interface; names both. */
export function checkApiVersion({ name, version, apiVersion }: PluginManifest): void {
  if (apiVersion === undefined || apiVersion === SUPPORTED_API_VERSION) return;
  throw new Failure(
    `${name} ${version} is for apiVersion ${apiVersion}, and this pciem speaks apiVersion ${SUPPORTED_API_VERSION}`,
    [
      apiVersion > SUPPORTED_API_VERSION
        ? 'Use a newer pciem, or an older version of the plugin'
        : 'Use a newer version of the plugin, or an older pciem',
    ],
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${file} is not JSON: ${messageOf(error)}`);
  }
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
