/** How the memory is to be shown, as the Bochs registers say. */
export interface Mode {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 15, 16, 24 or 32. */
  readonly bitsPerPixel: number;
  /** Pixels of a line in memory. */
  readonly virtualWidth: number;
  readonly x: number;
  readonly y: number;
  readonly bigEndian: boolean;
}

/** A picture: three bytes a pixel, red, green, blue. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

const DEPTHS = [15, 16, 24, 32];

/** Whether anything can be shown that way. */
export function isShown({ width, height, bitsPerPixel }: Mode): boolean {
  return width > 0 && height > 0 && DEPTHS.includes(bitsPerPixel);
}

/** The part of the memory that is shown: lines of `stride` bytes. */
export function visible(mode: Mode, memory: Uint8Array): { readonly bytes: Uint8Array; readonly stride: number } {
  const pixelBytes = Math.ceil(mode.bitsPerPixel / 8);
  const stride = Math.max(mode.virtualWidth, mode.width) * pixelBytes;
  const start = mode.y * stride + mode.x * pixelBytes;
  return { bytes: memory.subarray(start, start + (mode.height - 1) * stride + mode.width * pixelBytes), stride };
}

/** Turns what is visible into a picture; what lies behind the end of the memory is black. */
export function scanOut(mode: Mode, bytes: Uint8Array, stride: number): Frame {
  const { width, height, bitsPerPixel, bigEndian } = mode;
  const rgb = new Uint8Array(width * height * 3);
  const pixelBytes = Math.ceil(bitsPerPixel / 8);
  let to = 0;
  for (let line = 0; line < height; line++) {
    let from = line * stride;
    for (let pixel = 0; pixel < width; pixel++, from += pixelBytes, to += 3) {
      let value = 0;
      for (let i = 0; i < pixelBytes; i++) {
        value |= (bytes[from + i] ?? 0) << (8 * (bigEndian ? pixelBytes - 1 - i : i));
      }
      if (pixelBytes === 2) value = widen(value, bitsPerPixel === 16 ? 6 : 5);
      rgb[to] = value >>> 16;
      rgb[to + 1] = value >>> 8;
      rgb[to + 2] = value;
    }
  }
  return { width, height, rgb };
}

/** 5 bits of red, `green` bits of green, 5 of blue, as 8 bits each. */
function widen(value: number, green: number): number {
  const red = (value >>> (5 + green)) & 0x1f;
  const middle = (value >>> 5) & ((1 << green) - 1);
  const blue = value & 0x1f;
  return (scale(red, 5) << 16) | (scale(middle, green) << 8) | scale(blue, 5);
}

function scale(value: number, bits: number): number {
  return Math.round((value * 255) / ((1 << bits) - 1));
}
