import { basename } from 'node:path';
import { UsageFailure } from '../errors.ts';
import type { RunDevice } from './request.ts';

/** A file that a device writes because an option says so. */
interface Output {
  /** Its name in a directory that outlives the virtual machine. */
  readonly name: string;
  /** As the user gave it. */
  readonly file: string;
}

const SCREENSHOT = 'screenshot';

/** The files that devices in a virtual machine write, which belong on this machine. */
export function deviceOutputs(devices: readonly RunDevice[]): Output[] {
  return devices.flatMap((device, index) => Object.values(outputsOf(device, index)));
}

/** The same devices, with their files in another directory. */
export function withDeviceOutputs(devices: readonly RunDevice[], move: (name: string) => string): RunDevice[] {
  return devices.map((device, index) => {
    const moved = Object.entries(outputsOf(device, index)).map(([option, { name }]) => [option, move(name)]);
    return { ...device, settings: { ...device.settings, ...Object.fromEntries(moved) } };
  });
}

/** `--screenshot FILE`: the option of the device that has a picture. */
export function withScreenshot(devices: readonly RunDevice[], file: string): RunDevice[] {
  const [one, ...others] = devices.filter(({ device }) => device.outputs?.includes(SCREENSHOT));
  if (one === undefined || others.length > 0) {
    throw new UsageFailure(
      `--screenshot ${file}: ${one ? 'several of the devices have' : 'no device here has'} a picture`,
      [
        one
          ? `Say which: --set ${one.label}.${SCREENSHOT}=${file}`
          : 'As in: pciem run display --screenshot screen.png',
      ],
    );
  }
  if (one.settings[SCREENSHOT] !== undefined) {
    throw new UsageFailure(`--screenshot ${file}: --set ${SCREENSHOT}=${one.settings[SCREENSHOT]} says so already`);
  }
  return devices.map((device) =>
    device === one ? { ...one, settings: { ...one.settings, [SCREENSHOT]: file } } : device,
  );
}

/** By option. */
function outputsOf({ device, settings }: RunDevice, index: number): Record<string, Output> {
  const entries = (device.outputs ?? []).flatMap((option) => {
    const file = settings[option];
    return file === undefined ? [] : [[option, { name: `${index}-${option}-${basename(file)}`, file }] as const];
  });
  return Object.fromEntries(entries);
}
