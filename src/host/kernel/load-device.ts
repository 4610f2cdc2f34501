import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type DeviceDefinition, isDeviceDefinition, isDeviceDefinitionError } from '@pciem/sdk';
import { reportError } from './error-report.ts';

/** The device's module is at fault. */
export class DeviceLoadError extends Error {
  override readonly name = 'DeviceLoadError';
  readonly details: string[];

  constructor(message: string, details: string[] = []) {
    super(message);
    this.details = details;
  }
}

/** In the URL of a module that is loaded again: Node loads each URL only once. */
const VERSION = 'pciem';
const RELATIVE = /^(\.{0,2}\/|file:)/;

/** The author's own files: the entry, and what is imported from there by path. */
const local = new Set<string>();
let hooked = false;

function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const parent = context.parentURL;
      const fromLocal = parent !== undefined && local.has(withoutVersion(parent));
      try {
        const resolved = nextResolve(specifier, context);
        if (!fromLocal || !RELATIVE.test(specifier) || !resolved.url.startsWith('file:')) return resolved;
        local.add(withoutVersion(resolved.url));
        return { ...resolved, url: withVersion(resolved.url, new URL(parent).searchParams.get(VERSION)) };
      } catch (error) {
        // A device in a file of its own, outside of any package, gets the SDK that runs it.
        if (!/^(@pciem\/sdk|zod)(\/|$)/.test(specifier)) throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

/**
 * Imports the module of a device. `version`: anything but 0 loads the author's files again, as they are now. Throws a
 * DeviceLoadError that says what is wrong with it.
 */
export async function loadDevice(url: string, version = 0): Promise<DeviceDefinition> {
  hook();
  local.add(url);
  const module = await import(version === 0 ? url : withVersion(url, String(version))).catch((error: unknown) => {
    throw loadError(error);
  });
  const definition: unknown = module.default;
  if (isDeviceDefinition(definition)) return definition;
  throw new DeviceLoadError(`the module ${url} exports no device`, [
    'Write: export default defineDevice({ name: …, … })',
  ]);
}

/** Paths of the author's files that have been loaded so far. */
export function localFiles(): string[] {
  return [...local].map((url) => fileURLToPath(url));
}

/** Lets Node load its TypeScript parser beforehand: that takes its time where the CPU is emulated. */
export async function warmUp(): Promise<void> {
  hook();
  const directory = await mkdtemp(join(tmpdir(), 'pciem-warm-'));
  try {
    const file = join(directory, 'up.mts');
    await writeFile(file, 'export const ready: boolean = true;');
    await import(pathToFileURL(file).href);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function withVersion(url: string, version: string | null): string {
  return version === null ? url : `${withoutVersion(url)}?${VERSION}=${version}`;
}

function withoutVersion(url: string): string {
  const at = url.lastIndexOf(`?${VERSION}=`);
  return at < 0 ? url : url.slice(0, at);
}

function loadError(error: unknown): DeviceLoadError {
  const { message, location } = reportError(error);
  const details = location === undefined ? [] : [`at ${location}`];
  if (isDeviceDefinitionError(error)) return new DeviceLoadError(error.message, details);
  return new DeviceLoadError(`the device cannot be loaded: ${message}`, details);
}
