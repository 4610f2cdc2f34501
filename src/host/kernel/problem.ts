import { isDeviceDefinitionError, isDeviceOptionsError } from '@pciem/sdk';
import { reportError } from './error-report.ts';
import { DeviceLoadError } from './load-device.ts';
import type { Problem } from './protocol.ts';

/** What is wrong with a device that could not be loaded, made or started. */
export function problemOf(error: unknown): Problem {
  if (isDeviceOptionsError(error)) {
    return { message: `wrong options for the device ${error.device}`, details: [...error.problems], usage: true };
  }
  if (error instanceof DeviceLoadError) return { message: error.message, details: error.details, usage: false };
  if (isDeviceDefinitionError(error) || isSyscallError(error)) {
    return { message: error.message, details: [], usage: false };
  }
  const { message, location } = reportError(error);
  const details = location === undefined ? [] : [`at ${location}`];
  return { message: `the device failed in setup: ${message}`, details, usage: false };
}

/** Whether the author's own code has thrown, and is not just not a device. */
export function isExceptionOfDevice(error: unknown): boolean {
  const known = isDeviceOptionsError(error) || isDeviceDefinitionError(error);
  return !known && !(error instanceof DeviceLoadError) && !isSyscallError(error);
}

/** By its name: its class comes with system calls that not every system has. */
function isSyscallError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'SyscallError';
}
