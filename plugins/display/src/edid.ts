/** Bytes of the base block (VESA E-EDID 1.4, chapter 3). */
export const EDID_BYTES = 128;

const REFRESH = 60;
/** Horizontal blanking and sync of reduced blanking, in pixels (VESA CVT 1.1, 3.4.2). */
const H_BLANK = 160;
const H_FRONT = 48;
const H_SYNC = 32;
const V_FRONT = 3;
const V_SYNC = 4;
/** Seconds that vertical blanking takes at least. */
const V_BLANK_TIME = 460e-6;
const TIMING = 54;
const DPI = 96;

/** What the monitor says about itself: its one timing is `width` x `height` at 60 Hz. */
export function edid(width: number, height: number): Uint8Array {
  const block = new Uint8Array(EDID_BYTES);
  block.set([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0]);
  // Manufacturer PCM, model 1, made in 2026; version 1.4; digital, 8 bits a colour.
  block.set([...manufacturer('PCM'), 1, 0, 0, 0, 0, 0, 0, 2026 - 1990, 1, 4, 0xa5], 8);
  const [widthMm, heightMm] = [width, height].map((pixels) => Math.round((pixels / DPI) * 25.4)) as [number, number];
  // Size in cm, gamma 2.2; sRGB, preferred timing is native; the chromaticity of sRGB.
  block.set([Math.round(widthMm / 10), Math.round(heightMm / 10), 120, 0x06], 21);
  block.set([0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54], 25);
  // No other timings.
  block.fill(0x01, 38, TIMING);
  block.set(detailedTiming(width, height, widthMm, heightMm), TIMING);
  block.set([0, 0, 0, 0xfc, 0, ...text('pciem display')], TIMING + 18);
  block.set([0, 0, 0, 0xff, 0, ...text('1')], TIMING + 36);
  block.set([0, 0, 0, 0x10], TIMING + 54);
  block[EDID_BYTES - 1] = -block.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return block;
}

/** Five bits a letter, from 1 for A on. */
function manufacturer(name: string): [number, number] {
  const [a, b, c] = [...name].map((letter) => letter.charCodeAt(0) - 64) as [number, number, number];
  return [(a << 2) | (b >> 3), ((b << 5) & 0xe0) | c];
}

/** 13 bytes, ended by a line feed and filled up with blanks. */
function text(value: string): Uint8Array {
  return Buffer.from(`${value}\n`.slice(0, 13).padEnd(13, ' '), 'latin1');
}

/** The 18 bytes of a detailed timing (3.10.2). */
function detailedTiming(width: number, height: number, widthMm: number, heightMm: number): number[] {
  const lineTime = (1 / REFRESH - V_BLANK_TIME) / height;
  const vBlank = Math.max(Math.ceil(V_BLANK_TIME / lineTime), V_FRONT + V_SYNC + 6);
  const clock = Math.round(((width + H_BLANK) * (height + vBlank) * REFRESH) / 10_000);
  const low = (value: number) => value & 0xff;
  const high = (a: number, b: number) => ((a >> 4) & 0xf0) | (b >> 8);
  return [
    ...[low(clock), clock >> 8],
    ...[low(width), low(H_BLANK), high(width, H_BLANK)],
    ...[low(height), low(vBlank), high(height, vBlank)],
    ...[H_FRONT, H_SYNC, (V_FRONT << 4) | V_SYNC, 0],
    ...[low(widthMm), low(heightMm), high(widthMm, heightMm)],
    // No border; digital separate sync, horizontal positive, vertical negative.
    ...[0, 0, 0x1a],
  ];
}
