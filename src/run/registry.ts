import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceMap } from '@pciem/capture';
import { toJson } from '../plain-json.ts';

/**
 * The running devices of this machine: every `pciem run` keeps a file here as long as its device is plugged, so that
 * other processes find the device and can tap it.
 */
export interface RunningDevice {
  /** The number of the endpoint, by which taps find it. */
  endpoint: number;
  domain: number;
  /** Of function 0, as in sysfs. */
  address: string;
  name: string;
  /** By function. */
  maps: DeviceMap[];
}

interface Entry extends RunningDevice {
  version: 1;
  pid: number;
  /** When the process started, in clock ticks since boot: process numbers are used again. */
  started: string;
}

/** Also where a virtual machine has its shared directory: only files named after numbers are entries. */
export const REGISTRY = '/run/pciem';

/** Tells other processes of a device. Returns what takes that back. Throws if the directory cannot be written. */
export function publishDevice(device: RunningDevice, directory: string = REGISTRY): () => void {
  const entry: Entry = { version: 1, pid: process.pid, started: startOf(process.pid) ?? '', ...device };
  const path = join(directory, `${device.endpoint}.json`);
  const staging = `${path}.${process.pid}`;
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  writeFileSync(staging, toJson(entry));
  renameSync(staging, path);
  return () => {
    // The number may belong to another process's device by now.
    const there = readEntry(path);
    if (there?.pid === entry.pid && there.started === entry.started) rmSync(path, { force: true });
  };
}

/** The devices that run now, by endpoint number. What killed processes left behind is ignored. */
export function runningDevices(directory: string = REGISTRY): RunningDevice[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^\d+\.json$/.test(name))
    .map((name) => readEntry(join(directory, name)))
    .filter((entry) => entry !== undefined && startOf(entry.pid) === entry.started)
    .map((entry) => {
      const { endpoint, domain, address, name, maps } = entry as Entry;
      return { endpoint, domain, address, name, maps: maps.map(restoreMap) };
    })
    .sort((a, b) => a.endpoint - b.endpoint);
}

/** Bus addresses are bigints, which JSON does not have. */
function restoreMap(map: DeviceMap): DeviceMap {
  return {
    ...map,
    bars: map.bars.map((bar) => (bar.address === undefined ? bar : { ...bar, address: BigInt(bar.address) })),
  };
}

function readEntry(path: string): Entry | undefined {
  try {
    const entry = JSON.parse(readFileSync(path, 'utf8')) as Entry;
    return entry.version === 1 && Array.isArray(entry.maps) ? entry : undefined;
  } catch {
    // Gone meanwhile, or not ours.
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat; the name of the program before it may hold anything, even parentheses. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
