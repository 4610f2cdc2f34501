import { registerHooks } from 'node:module';
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

/** A device in a file of its own, outside of any package, gets the SDK that runs it. */
function fallBackToOwnSdk(): void {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!/^(@pciem\/sdk|zod)(\/|$)/.test(specifier)) throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

/** Imports the module of a device. Throws a DeviceLoadError that says what is wrong with it. */
export async function loadDevice(url: string): Promise<DeviceDefinition> {
  fallBackToOwnSdk();
  const module = await import(url).catch((error: unknown) => {
    throw loadError(error);
  });
  const definition: unknown = module.default;
  if (isDeviceDefinition(definition)) return definition;
  throw new DeviceLoadError(`the module ${url} exports no device`, [
    'Write: export default defineDevice({ name: …, … })',
  ]);
}

function loadError(error: unknown): DeviceLoadError {
  const { message, location } = reportError(error);
  const details = location === undefined ? [] : [`at ${location}`];
  if (isDeviceDefinitionError(error)) return new DeviceLoadError(error.message, details);
  return new DeviceLoadError(`the device cannot be loaded: ${message}`, details);
}
