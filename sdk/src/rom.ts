import { readFileSync } from 'node:fs';
import { DeviceDefinitionError } from './errors.ts';
import { BAR_MAX_BYTES, BAR_MIN_BYTES } from './spaces.ts';

/** Contents of an expansion ROM: its bytes, or a file that has them. */
export type RomSource = Uint8Array | URL | string;

/** What flash memory holds where nothing is written. */
const ERASED = 0xff;

/**
 * The bytes of an expansion ROM, filled up to a power of two, which the size of a BAR is. Throws a DeviceDefinitionError
 * if there are too many, or the file cannot be read.
 */
export function romImage(source: RomSource): Uint8Array {
  const bytes = source instanceof Uint8Array ? source : readFile(source);
  if (bytes.length === 0 || bytes.length > BAR_MAX_BYTES) {
    throw new DeviceDefinitionError(`rom: ${bytes.length} bytes; an expansion ROM has 1 to ${BAR_MAX_BYTES}`);
  }
  const size = Math.max(BAR_MIN_BYTES, 2 ** Math.ceil(Math.log2(bytes.length)));
  const image = new Uint8Array(size).fill(ERASED);
  image.set(bytes);
  return image;
}

function readFile(source: URL | string): Uint8Array {
  try {
    return readFileSync(source);
  } catch (error) {
    throw new DeviceDefinitionError(`rom: ${String(source)} cannot be read: ${(error as Error).message}`);
  }
}
