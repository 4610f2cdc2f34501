import { registerHooks } from 'node:module';
import { type DeviceDefinition, isDeviceDefinition } from '@pciem/sdk';
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
    const { message, location, stack } = reportError(error);
    throw new DeviceLoadError(
      `the device cannot be loaded: ${message}`,
      location ? [`at ${location}`] : stack.split('\n'),
    );
  });
  const definition: unknown = module.default;
  if (isDeviceDefinition(definition)) return definition;
  throw new DeviceLoadError(`${url} exports no device`, ['Write: export default defineDevice({ name: …, … })']);
}
