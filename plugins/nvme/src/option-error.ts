import { DeviceOptionsError } from '@pciem/sdk';

/** The error for a wrong option: its value, what is wrong with it and what to do. */
export function optionError(option: string, value: string, problem: string, remedy: string): Error {
  return new DeviceOptionsError('nvme', [`option ${option}: ${value} ${problem}: ${remedy}`]);
}
