import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plug, type SimHost } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import display from './display.ts';
import { decodePng } from './testing/decode-png.ts';

const MMIO = 2;
const [ID, XRES, YRES, BPP, ENABLE, VIRT_WIDTH, X_OFFSET, Y_OFFSET, MEMORY_64K] = [0, 1, 2, 3, 4, 6, 8, 9, 10] as const;
const ATTRIBUTE = 0x400;
const INPUT_STATUS_1 = 0x41a;
const [WIDTH, HEIGHT] = [320, 200];

let host: SimHost;
let directory: string;
const start = async (options: Record<string, unknown> = {}) => {
  host = await plug(display, { options: { width: WIDTH, height: HEIGHT, memory: 4, ...options } as never });
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'display-'));
});

afterEach(() => {
  host.close();
  rmSync(directory, { recursive: true });
});

const dispi = (index: number, value?: number) => {
  if (value === undefined) return host.read16(MMIO, 0x500 + 2 * index);
  host.write16(MMIO, 0x500 + 2 * index, value);
  return value;
};

/** As bochs-drm does it. */
function blank(off: boolean): void {
  host.read8(MMIO, INPUT_STATUS_1);
  host.write8(MMIO, ATTRIBUTE, off ? 0 : 0x20);
}

function setMode(width = WIDTH, height = HEIGHT): void {
  blank(false);
  dispi(ENABLE, 0);
  dispi(BPP, 32);
  dispi(XRES, width);
  dispi(YRES, height);
  dispi(VIRT_WIDTH, width);
  dispi(X_OFFSET, 0);
  dispi(Y_OFFSET, 0);
  dispi(ENABLE, 0x41);
}

/** Fills the screen with one colour. */
function fill(rgb: number): void {
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) host.write32(0, 4 * pixel, rgb);
}

/** The colour of a pixel of a PNG file, after a check of its size. */
function colour(file: Buffer, x = 0, y = 0): number {
  const { width, height, rgb } = decodePng(file);
  expect([width, height]).toEqual([WIDTH, HEIGHT]);
  return Buffer.from(rgb.buffer).readUIntBE(3 * (y * width + x), 3);
}

it('is what bochs-drm looks for', async () => {
  await start({ memory: 16 });
  expect([host.readConfig16(0), host.readConfig16(2), host.readConfig8(8)]).toEqual([0x1234, 0x1111, 2]);
  expect([dispi(ID), dispi(MEMORY_64K), host.read32(MMIO, 0x600)]).toEqual([0xb0c5, 256, 8]);
  const header = Array.from({ length: 8 }, (_, n) => host.read8(MMIO, n));
  expect(header).toEqual([0, 255, 255, 255, 255, 255, 255, 0]);
});

it('tells its largest mode, and comes back', async () => {
  await start();
  setMode();
  dispi(ENABLE, 0x43);
  expect([dispi(XRES), dispi(YRES), dispi(BPP)]).toEqual([4096, 4096, 32]);
  dispi(ENABLE, 0x41);
  expect([dispi(XRES), dispi(YRES), dispi(BPP)]).toEqual([WIDTH, HEIGHT, 32]);
});

it.each([
  [{ width: 100 }, 'width'],
  [{ width: 1001 }, 'multiple of 8'],
  [{ memory: 5 }, 'power of two'],
  [{ width: 4000, height: 4000 }, 'do not fit into 4 MiB'],
  [{ http: 'yes' }, 'is no number'],
])('refuses %o', async (options, message) => {
  await start();
  await expect(plug(display, { options: { memory: 4, ...options } as never })).rejects.toThrow(message);
});

describe('a screenshot', () => {
  const file = () => join(directory, 'screen.png');

  it('is the latest picture', async () => {
    await start({ screenshot: file() });
    setMode();
    fill(0x00_11_22_33);
    await vi.waitFor(() => expect(colour(readFileSync(file()))).toBe(0x112233), { timeout: 5000 });
    host.write32(0, 4 * (WIDTH + 5), 0xff_00_80);
    await vi.waitFor(() => expect(colour(readFileSync(file()), 5, 1)).toBe(0xff0080), { timeout: 5000 });
  });

  it('keeps what was there when the screen went off', async () => {
    await start({ screenshot: file() });
    setMode();
    fill(0x44_55_66);
    blank(true);
    fill(0);
    host.close();
    expect(colour(readFileSync(file()))).toBe(0x445566);
  });

  it('is not there if there was no picture', async () => {
    await start({ screenshot: file() });
    host.close();
    expect(() => readFileSync(file())).toThrow('ENOENT');
    expect(host.logs.map(({ text }) => text)).toEqual([expect.stringContaining('nothing has ever been on the screen')]);
  });
});

describe('for browsers', () => {
  const address = async () =>
    vi.waitFor(() => /http:\S+/.exec(host.logs[0]?.text ?? '')?.[0] ?? expect.unreachable('no address yet'));

  it('there are a page and the picture, once for each change', async () => {
    await start({ http: 0 });
    const url = await address();
    expect(await (await fetch(url)).text()).toContain('<img id="picture"');
    expect((await fetch(`${url}picture.png`)).status).toBe(204);
    setMode();
    fill(0x77_88_99);
    const first = await fetch(`${url}picture.png`);
    expect([first.headers.get('Content-Type'), first.headers.get('Display')]).toEqual(['image/png', 'on']);
    expect(colour(Buffer.from(await first.arrayBuffer()))).toBe(0x778899);
    const again = () => fetch(`${url}picture.png`, { headers: { 'If-None-Match': first.headers.get('ETag') ?? '' } });
    expect((await again()).status).toBe(304);
    fill(0x12_34_56);
    const second = await again();
    expect(colour(Buffer.from(await second.arrayBuffer()))).toBe(0x123456);
    blank(true);
    expect((await fetch(`${url}picture.png`)).headers.get('Display')).toBe('off');
    expect((await fetch(`${url}other`)).status).toBe(404);
  });

  it('says so when the port is taken', async () => {
    await start({ http: 0 });
    const { port } = new URL(await address());
    const second = await plug(display, { options: { memory: 4, width: WIDTH, height: HEIGHT, http: port } as never });
    await vi.waitFor(() => expect(second.logs.map(({ text }) => text).join()).toContain('EADDRINUSE'));
    second.close();
  });
});
