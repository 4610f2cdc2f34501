import type { Identity } from '@pciem/sdk';
import { UsageFailure } from '../../errors.ts';
import type { ShapeBar } from './shape.ts';

const MIN_BAR = 4096;
const MAX_BAR = 16 * 1024 * 1024;
const MIN_IO_BAR = 4;
const MAX_IO_BAR = 256;
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 * 1024 };

/** `8086:25ab`, or with the ids of the subsystem `8086:25ab:1af4:1100`. */
export function parseId(text: string): Partial<Identity> {
  const found = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})(?::([0-9a-f]{1,4}):([0-9a-f]{1,4}))?$/i.exec(text);
  if (!found)
    throw new UsageFailure(`--id ${text}: give vendor and device in hexadecimal`, ['For example: --id 8086:25ab']);
  const [vendor = 0, device = 0, subsystemVendor, subsystem] = found
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number.parseInt(part, 16)));
  return {
    vendor,
    device,
    ...(subsystemVendor === undefined ? {} : { subsystemVendor }),
    ...(subsystem === undefined ? {} : { subsystem }),
  };
}

/** `0880` or `010802`, in hexadecimal as lspci shows it. */
export function parseClass(text: string): number {
  if (!/^([0-9a-f]{4}|[0-9a-f]{6})$/i.test(text)) {
    throw new UsageFailure(`--class ${text}: give four or six hexadecimal digits`, ['For example: --class 010601']);
  }
  return Number.parseInt(text.padEnd(6, '0'), 16);
}

/** `0=4K`, `2=1M,64,prefetchable`, `1=64,io`. */
export function parseBar(text: string): Omit<ShapeBar, 'registers'> {
  const found = /^([0-5])=(\d+)([KM]?)((?:,(?:32|64|prefetchable|io))*)$/i.exec(text);
  if (!found) {
    throw new UsageFailure(`--bar ${text}: give NUMBER=SIZE, and perhaps ,64 and ,prefetchable, or ,io`, [
      'For example: --bar 0=4K --bar 2=1M,64,prefetchable --bar 4=32,io',
    ]);
  }
  const [, index, amount, unit = '', words = ''] = found;
  const size = Number(amount) * (UNITS[unit.toUpperCase()] as number);
  const io = /,io/i.test(words);
  const [least, most] = io ? [MIN_IO_BAR, MAX_IO_BAR] : [MIN_BAR, MAX_BAR];
  if (size < least || size > most || !Number.isInteger(Math.log2(size))) {
    const range = io ? '4 to 256 in I/O space' : '4K to 16M';
    throw new UsageFailure(`--bar ${text}: the size has to be a power of two from ${range}`);
  }
  if (io && words.toLowerCase() !== ',io') throw new UsageFailure(`--bar ${text}: ,io stands alone`);
  return {
    index: Number(index),
    size,
    bits: words.includes('64') ? 64 : 32,
    prefetchable: /prefetchable/i.test(words),
    ...(io && { io }),
  };
}

/** `0=FILE`. */
export function parseDump(text: string): { bar: number; file: string } {
  const found = /^([0-5])=(.+)$/.exec(text);
  if (!found) throw new UsageFailure(`--bar-dump ${text}: give NUMBER=FILE`, ['For example: --bar-dump 0=bar0.bin']);
  return { bar: Number(found[1]), file: found[2] as string };
}
