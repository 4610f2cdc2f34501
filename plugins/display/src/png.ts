import { promisify } from 'node:util';
import { crc32, deflate, deflateSync } from 'node:zlib';
import type { Frame } from './scan-out.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Bits of a colour; true colour without transparency; deflate, adaptive filtering, not interlaced. */
const FORMAT = [8, 2, 0, 0, 0];
/** Filter type 2: the difference to the line above, which makes pictures of screens small. */
const FILTER_UP = 2;
const LEVEL = { level: 1 };

const deflateLater = promisify<Uint8Array, object, Buffer>(deflate);

/** A PNG file (W3C Portable Network Graphics). The work is done in another thread, but for a few milliseconds. */
export async function encodePng(frame: Frame): Promise<Buffer> {
  return file(frame, await deflateLater(filtered(frame), LEVEL));
}

/** The same at once. */
export function encodePngNow(frame: Frame): Buffer {
  return file(frame, deflateSync(filtered(frame), LEVEL));
}

function file({ width, height }: Frame, data: Uint8Array): Buffer {
  const header = new Uint8Array(8 + FORMAT.length);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(FORMAT, 8);
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', new Uint8Array(0))]);
}

/** Length, type, data, checksum of type and data. */
function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function filtered({ width, height, rgb }: Frame): Uint8Array {
  const line = 3 * width;
  const out = new Uint8Array(height * (line + 1));
  for (let y = 0; y < height; y++) {
    const to = y * (line + 1);
    const from = y * line;
    out[to] = FILTER_UP;
    for (let i = 0; i < line; i++) {
      out[to + 1 + i] = (rgb[from + i] as number) - (y === 0 ? 0 : (rgb[from - line + i] as number));
    }
  }
  return out;
}
