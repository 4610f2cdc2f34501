import { match, ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodePng } from '../../../plugins/display/src/testing/decode-png.ts';
import { pciem, root, share } from './cli.ts';
import { hasModule } from './modules.ts';

const WIDTH = 640;
const HEIGHT = 480;
/** Seconds until a picture has come from the driver's shadow memory to the screen, and from there into the file. */
const PATIENCE = 60;

/** The bochs-drm driver: what is written to /dev/fb0 is in the screenshot, and in what browsers get. */
export async function displayShowsPicture(): Promise<void> {
  if (!hasModule('bochs')) return;
  const file = join(share, 'screen.png');
  const settings = [`width=${WIDTH}`, `height=${HEIGHT}`, `screenshot=${file}`, 'http=0'];
  const capture = ['--capture', join(share, 'display.pcapng')];
  const run = pciem('run', 'display', ...settings.flatMap((setting) => ['--set', setting]), ...capture);
  await run.sees('driver bochs-drm has bound', 240);
  await run.sees('Ctrl-C unplugs it', 60);
  const framebuffer = execFileSync(join(root, 'test/vm/guest/display.sh'), { encoding: 'utf8' });
  // The size is the one that the EDID prefers.
  match(framebuffer, new RegExp(`^bochs-?drm.* ${WIDTH},${HEIGHT} ${4 * WIDTH} 32\n$`));

  const first = picture((x, y) => [x & 0xff, y & 0xff, (x ^ y) & 0xff]);
  writeFileSync('/dev/fb0', first.bgrx);
  await shows(() => readFileSync(file), first.rgb, 'the screenshot');
  const url = /http:\S+/.exec(run.output())?.[0] ?? '';
  const browser = async () => Buffer.from(await (await fetch(`${url}picture.png`)).arrayBuffer());
  await shows(browser, first.rgb, 'the picture for browsers');
  ok((await (await fetch(url)).text()).includes('picture.png'));

  const second = picture((x, y) => [255 - (y & 0xff), x & 0xff, (x + y) & 0xff]);
  writeFileSync('/dev/fb0', second.bgrx);
  await shows(browser, second.rgb, 'the second picture for browsers');
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  // The driver has switched the screen off before it went; the file has what was there before.
  await shows(() => readFileSync(file), second.rgb, 'the screenshot at the end');
}

/** A picture as the frame buffer has it, and as a PNG file has it. */
function picture(colour: (x: number, y: number) => [number, number, number]): { bgrx: Buffer; rgb: Buffer } {
  const bgrx = Buffer.alloc(4 * WIDTH * HEIGHT);
  const rgb = Buffer.alloc(3 * WIDTH * HEIGHT);
  for (let n = 0; n < WIDTH * HEIGHT; n++) {
    const [red, green, blue] = colour(n % WIDTH, Math.floor(n / WIDTH));
    bgrx.set([blue, green, red, 0], 4 * n);
    rgb.set([red, green, blue], 3 * n);
  }
  return { bgrx, rgb };
}

async function shows(png: () => Buffer | Promise<Buffer>, expected: Buffer, what: string): Promise<void> {
  const end = performance.now() + 1000 * PATIENCE;
  let problem = '';
  do {
    try {
      const { width, height, rgb } = decodePng(await png());
      const differing = rgb.reduce((count, byte, n) => count + (byte === expected[n] ? 0 : 1), 0);
      if (width === WIDTH && height === HEIGHT && differing === 0) return;
      problem = `${width} x ${height}, ${differing} bytes differ`;
    } catch (error) {
      problem = (error as Error).message;
    }
    await sleep(200);
  } while (performance.now() < end);
  throw new Error(`${what}: ${problem}`);
}
