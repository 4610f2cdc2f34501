import { existsSync } from 'node:fs';
import { findDevice } from '../devices/find.ts';
import { UsageFailure } from '../errors.ts';
import type { RunDevice } from './request.ts';
import { settingsByLabel } from './settings.ts';

const LABELLED = /^(?<label>[a-z][a-z0-9-]*)=(?<device>.+)$/i;

/**
 * The devices that the user names, `DEVICE` or `LABEL=DEVICE`, with their options. A device that is named again is
 * called `nvme#2` and so on.
 */
export async function planDevices(names: readonly string[], assignments: readonly string[]): Promise<RunDevice[]> {
  const labels = new Set<string>();
  const found = [];
  for (const name of names) {
    const { label, device: named = name } = existsSync(name) ? {} : (LABELLED.exec(name)?.groups ?? {});
    const device = await findDevice(named);
    if (label !== undefined && labels.has(label)) throw new UsageFailure(`There are two devices called ${label}`);
    const own = label ?? freeLabel(device.name, labels);
    labels.add(own);
    found.push({ device, label: own });
  }
  const settings = settingsByLabel(assignments, [...labels]);
  return found.map(({ device, label }) => ({ device, label, settings: settings.get(label) ?? {} }));
}

function freeLabel(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const label = n === 1 ? name : `${name}#${n}`;
    if (!taken.has(label)) return label;
  }
}
