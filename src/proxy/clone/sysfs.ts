import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageFailure } from '../../errors.ts';
import type { RealDevice } from './config-shape.ts';

/** Resource flags of the kernel: I/O or memory space. */
const IORESOURCE_IO_OR_MEM = 0x300;

/** `03:00.0`, `0000:03:00.0`. */
export const BDF = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;

/** A device of this machine. Throws a UsageFailure if it is not there. */
export async function readSysfs(address: string, root = '/sys/bus/pci/devices'): Promise<RealDevice> {
  const place = (address.split(':').length === 2 ? `0000:${address}` : address).toLowerCase();
  const directory = join(root, place);
  const config = await readFile(join(directory, 'config')).catch(() => undefined);
  if (!config) throw new UsageFailure(`--clone ${address}: this machine has no such device`, ['lspci -D lists them']);
  return { place, config, sizes: parseResources(await readFile(join(directory, 'resource'), 'utf8')) };
}

/** Sizes of BARs from `start end flags` lines. */
function parseResources(text: string): Map<number, number> {
  const sizes = new Map<number, number>();
  text
    .split('\n')
    .slice(0, 6)
    .forEach((line, index) => {
      const [start = 0n, end = 0n, flags = 0n] = line.split(' ').map((word) => BigInt(word || 0));
      if (end > start && Number(flags & 0xffff_ffffn) & IORESOURCE_IO_OR_MEM)
        sizes.set(index, Number(end - start + 1n));
    });
  return sizes;
}
