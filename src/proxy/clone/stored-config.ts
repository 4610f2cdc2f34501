import type { RawConfig } from '@pciem/sdk';
import type { ShapeBar } from '../shape/shape.ts';
import { capabilityMasks } from './capability-masks.ts';

const CONFIG_BYTES = 4096;
const HEADER_BYTES = 0x40;
const EXTENDED = 0x100;
/** Zeros between two runs of bytes that are written out all the same. */
const GAP = 4;

/** Configuration space as runs of bytes, hexadecimal, by offset in hexadecimal. What is left out is 0. */
export type StoredConfig = Readonly<Record<string, string>>;

export function storeConfig(config: Uint8Array): StoredConfig {
  const stored: Record<string, string> = {};
  for (let at = 0; at < config.length; at++) {
    if (config[at] === 0) continue;
    const start = at;
    let end = at + 1;
    for (let next = end; next < config.length && next < end + GAP; next++) if (config[next] !== 0) end = next + 1;
    stored[`0x${start.toString(16)}`] = Buffer.from(config.subarray(start, end)).toString('hex');
    at = end;
  }
  return stored;
}

/** The same as the SDK takes it, with what the driver may change. Interrupts are off, as after reset. */
export function rawConfigOf(stored: StoredConfig, bars: readonly ShapeBar[]): RawConfig {
  const image = new Uint8Array(CONFIG_BYTES);
  for (const [offset, hex] of Object.entries(stored)) {
    image.set(Buffer.from(hex, 'hex').subarray(0, CONFIG_BYTES - Number(offset)), Number(offset));
  }
  const writeMask = new Uint8Array(CONFIG_BYTES);
  const w1cMask = new Uint8Array(CONFIG_BYTES);
  // What belongs to no capability is the device's own: it keeps what is written.
  writeMask.fill(0xff, HEADER_BYTES, EXTENDED);
  const msix = capabilityMasks({ image, writeMask, w1cMask });
  if (!msix) return { image, writeMask, w1cMask };
  const bar = bars.find(({ index }) => index === msix.bar);
  const last = Math.max(msix.table + 16 * msix.vectors, msix.pba + 8 * Math.ceil(msix.vectors / 64));
  return bar && last <= bar.size ? { image, writeMask, w1cMask, msix } : { image, writeMask, w1cMask };
}
