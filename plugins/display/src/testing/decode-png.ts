import { crc32, inflateSync } from 'node:zlib';
import type { Frame } from '../scan-out.ts';

const SIGNATURE = '89504e470d0a1a0a';

/** Reads a PNG file of true colour with any of the filters (W3C PNG, chapter 9). Throws for anything else. */
export function decodePng(file: Buffer): Frame {
  if (file.toString('hex', 0, 8) !== SIGNATURE) throw new Error('no PNG file');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (crc32(body) !== file.readUInt32BE(at + 8 + length)) throw new Error(`wrong checksum at ${at}`);
    chunks.set(body.toString('latin1', 0, 4), body.subarray(4));
    at += 12 + length;
  }
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header.toString('hex', 8) !== '0802000000' || !chunks.has('IEND')) throw new Error('not the kind expected');
  const data = inflateSync(chunks.get('IDAT') as Buffer);
  const rgb = new Uint8Array(width * height * 3);
  const line = 3 * width;
  if (data.length !== height * (line + 1)) throw new Error(`${data.length} bytes of data`);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (line + 1)] as number;
    for (let x = 0; x < line; x++) {
      const left = x < 3 ? 0 : (rgb[y * line + x - 3] as number);
      const up = y === 0 ? 0 : (rgb[(y - 1) * line + x] as number);
      const corner = x < 3 || y === 0 ? 0 : (rgb[(y - 1) * line + x - 3] as number);
      rgb[y * line + x] = (data[y * (line + 1) + 1 + x] as number) + predict(filter, left, up, corner);
    }
  }
  return { width, height, rgb };
}

function predict(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const guess = left + up - corner;
      const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
      return a <= b && a <= c ? left : b <= c ? up : corner;
    }
    default:
      throw new Error(`there is no filter ${filter}`);
  }
}
