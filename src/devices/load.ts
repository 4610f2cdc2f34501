import { pathToFileURL } from 'node:url';
import { type DeviceDefinition, DeviceInstance, isDeviceDefinitionError, isDeviceOptionsError } from '@pciem/sdk';
import { Failure, messageOf, UsageFailure } from '../errors.ts';
import { loadDevice } from '../host/kernel/load-device.ts';
import type { DeviceEntry } from './device-entry.ts';
import { describeOptions } from './options.ts';
import { closest } from './similar.ts';

/** A device that is not plugged: its structure is known, its `setup` has not run. */
export interface LoadedDevice {
  definition: DeviceDefinition;
  /** Undefined when it cannot be built without options that were not given; `missing` says which. */
  instance: DeviceInstance | undefined;
  missing: readonly string[];
}

/**
 * Imports the module of a device and lays the device out for some options. Throws a Failure that says what is wrong
 * with the device, or a UsageFailure that says what is wrong with the options.
 */
export async function loadForInspection(
  device: DeviceEntry,
  settings: Readonly<Record<string, string>>,
): Promise<LoadedDevice> {
  const definition = await loadDevice(pathToFileURL(device.entry).href).catch((error: unknown) => {
    const details = error instanceof Error && 'details' in error ? (error.details as string[]) : [];
    throw new Failure(`${device.name}: ${messageOf(error)}`, details);
  });
  try {
    return { definition, instance: new DeviceInstance(definition, settings), missing: [] };
  } catch (error) {
    if (isDeviceOptionsError(error)) {
      if (Object.keys(settings).length === 0) return { definition, instance: undefined, missing: error.problems };
      throw new UsageFailure(`The options do not fit the device ${device.name}`, [
        ...error.problems,
        ...guesses(Object.keys(settings), definition),
        `All options: pciem devices show ${device.name}`,
      ]);
    }
    if (isDeviceDefinitionError(error)) throw new Failure(messageOf(error));
    throw new Failure(`${device.name} cannot be built: ${messageOf(error)}`);
  }
}

/** For names of options that the device does not have: those that were probably meant. */
function guesses(given: readonly string[], { options }: DeviceDefinition): string[] {
  const known = describeOptions(options, undefined).map(({ name }) => name);
  return given.flatMap((name) => {
    const guess = known.includes(name) ? undefined : closest(name, known);
    return guess === undefined ? [] : [`Did you mean ${guess}?`];
  });
}
