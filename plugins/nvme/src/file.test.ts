import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plug } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStore } from './backing/file.ts';
import nvme from './nvme.ts';
import { Status } from './status.ts';
import { Driver, noise, transfer } from './testing/driver.ts';
import { settled } from './testing/queue-pair.ts';

const MIB = 2 ** 20;
const WRITE_ZEROES = 0x08;
const FLUSH = 0x00;

let dir: string;
let image: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pciem-nvme-'));
  image = join(dir, 'disk.img');
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const start = (options: Record<string, unknown> = {}) => Driver.start({ size: 4 * MIB, backing: image, ...options });

describe('a namespace in a file', () => {
  it('makes a sparse file of its size', async () => {
    const driver = await start({ size: '64M' });
    expect(statSync(image).size).toBe(64 * MIB);
    expect(statSync(image).blocks * 512).toBeLessThan(MIB);
    driver.host.close();
  });

  it('keeps data and identity across restarts, byte for byte in the file', async () => {
    const data = noise(128 * 1024, 1);
    const first = await start();
    expect(await first.write(100, data)).toBe(0);
    expect((await first.first.run({ opcode: FLUSH, nsid: 1 })).status).toBe(0);
    const identity = [await first.identify(1), await first.identify(3, 1)];
    first.host.close();
    expect(readFileSync(image).subarray(51200, 51200 + data.length)).toEqual(Buffer.from(data));

    const second = await Driver.start({ size: undefined, backing: image });
    expect(await second.read(100, data.length)).toEqual(data);
    expect([await second.identify(1), await second.identify(3, 1)]).toEqual(identity);
    second.host.close();
  });

  it('has the same serial number by whatever name the file is called', async () => {
    writeFileSync(image, Buffer.alloc(MIB));
    const link = join(dir, 'link.img');
    symlinkSync(image, link);
    const serials: string[] = [];
    for (const backing of [image, link]) {
      const driver = await Driver.start({ size: undefined, backing });
      serials.push(Buffer.from((await driver.identify(1)).subarray(4, 24)).toString());
      driver.host.close();
    }
    expect(serials[0]).toBe(serials[1]);
  });

  it.each([
    ['Write with FUA', true],
    ['Write without write cache', false],
  ])('writes and reads through a batch of commands: %s', async (_name, fua) => {
    const driver = await start();
    if (!fua) await driver.setFeature(0x06, 0);
    const buffers = Array.from({ length: 20 }, (_, i) => {
      const buffer = driver.buffer(8192, 512);
      buffer.bytes.set(noise(8192, i));
      driver.first.put(transfer(1, buffer, i * 16, 16, fua ? 0x4000_0000 : 0));
      return buffer;
    });
    driver.first.ringTail();
    await settled();
    expect(driver.first.takeAll().map(({ status }) => status)).toEqual(Array(20).fill(0));
    for (const [i, { bytes }] of buffers.entries()) expect(await driver.read(i * 16, 8192)).toEqual(bytes);
    driver.host.close();
  });

  it('moves more in a batch than fits into its buffer', async () => {
    const driver = await start({ size: '16M' });
    const buffers = Array.from({ length: 16 }, (_, i) => {
      const buffer = driver.buffer(512 * 1024);
      buffer.bytes.set(noise(512 * 1024, i));
      driver.first.put(transfer(1, buffer, i * 1024, 1024));
      return buffer;
    });
    driver.first.ringTail();
    await settled();
    expect(driver.first.takeAll()).toHaveLength(16);
    for (const [i, { bytes }] of buffers.entries()) {
      expect(Buffer.compare(await driver.read(i * 1024, 512 * 1024), bytes)).toBe(0);
    }
    driver.host.close();
  });

  it('zeroes any part, and only that', async () => {
    const driver = await start();
    const expected = noise(4 * MIB, 2);
    const fill = async () => {
      for (let at = 0; at < 4 * MIB; at += 512 * 1024)
        await driver.write(at / 512, expected.subarray(at, at + 512 * 1024));
    };
    await fill();
    const none = { bytes: new Uint8Array(), prp1: 0, prp2: 0 };
    // Inside a chunk, over a border, whole chunks, up to the end, what is zero already.
    for (const [lba, blocks] of [
      [3, 5],
      [2040, 16],
      [2048, 2048],
      [6000, 2192],
      [2048, 6144],
      [1, 8191],
    ] as const) {
      expect((await driver.first.run(transfer(WRITE_ZEROES, none, lba, blocks))).status).toBe(0);
      expected.fill(0, lba * 512, (lba + blocks) * 512);
      expect(Buffer.compare(readFileSync(image), expected)).toBe(0);
    }
    driver.host.close();
  });

  it('does not write zeroes where there are only zeroes', async () => {
    const driver = await start();
    const none = { bytes: new Uint8Array(), prp1: 0, prp2: 0 };
    const zero = async (lba: number, blocks: number) => {
      const before = statSync(image, { bigint: true });
      expect((await driver.first.run(transfer(WRITE_ZEROES, none, lba, blocks))).status).toBe(0);
      const after = statSync(image, { bigint: true });
      return after.mtimeNs !== before.mtimeNs || after.blocks > before.blocks;
    };
    expect(await zero(10, 20)).toBe(false);
    await driver.write(0, noise(4096, 4));
    await driver.write(6144, noise(4096, 5));
    expect(await zero(0, 2048)).toBe(true);
    expect(await zero(0, 2048)).toBe(false);
    expect(await driver.read(6144, 4096)).toEqual(noise(4096, 5));
    await driver.ok({ opcode: 0x80, nsid: 1 });
    expect(await zero(6144, 8)).toBe(false);
    driver.host.close();
  });

  it('frees the space of what is formatted', async () => {
    const driver = await start();
    await driver.write(0, noise(512 * 1024, 3));
    expect(statSync(image).blocks).toBeGreaterThan(0);
    await driver.ok({ opcode: 0x80, nsid: 1 });
    expect(statSync(image)).toMatchObject({ size: 4 * MIB, blocks: 0 });
    driver.host.close();
  });

  it('reports a file that somebody cut off as a media error and goes on', async () => {
    const driver = await start();
    truncateSync(image, 4096);
    const { status, doNotRetry } = await driver.first.run(transfer(2, driver.buffer(512), 100, 1));
    expect(status).toBe(Status.UnrecoveredReadError);
    expect(doNotRetry).toBe(false);
    expect((await driver.first.run(transfer(5, driver.buffer(512), 100, 1))).status).toBe(Status.UnrecoveredReadError);
    expect(driver.host.logs.at(-1)?.text).toContain('disk.img');
    const smart = await driver.getLog(0x02, 512);
    expect(new DataView(smart.buffer, smart.byteOffset).getUint32(160, true)).toBe(2);
    expect((await driver.first.run(transfer(2, driver.buffer(512), 0, 1))).status).toBe(0);
    driver.host.close();
  });
});

describe('files that cannot be used', () => {
  const problem = async (options: Record<string, unknown>) =>
    plug(nvme, { options }).then(String, (error) => error.message);

  it('a file that does not exist, without a size', async () => {
    expect(await problem({ backing: image })).toMatch(/option backing: .*disk\.img does not exist: give a size/);
  });

  it('a size other than that of the file', async () => {
    writeFileSync(image, Buffer.alloc(8192));
    expect(await problem({ backing: image, size: '1M' })).toMatch(/option size: 1048576 differs .* 8192 bytes/);
  });

  it('a file whose size is not whole blocks', async () => {
    writeFileSync(image, Buffer.alloc(5000));
    expect(await problem({ backing: image })).toMatch(/has 5000 bytes, not a multiple of 4096/);
  });

  it('an empty file, without a size', async () => {
    writeFileSync(image, '');
    expect(await problem({ backing: image })).toMatch(/disk\.img is empty: give a size/);
  });

  it('a directory', async () => {
    expect(await problem({ backing: dir })).toMatch(/option backing: .* cannot be opened \(EISDIR\)/);
  });

  it('something that is no file', async () => {
    expect(await problem({ backing: '/dev/null', size: '1M' })).toMatch(/is not a regular file/);
  });

  it('the file of another device of the same process, until that one is gone', async () => {
    const driver = await start();
    expect(await problem({ backing: image })).toMatch(/is in use by another device of this process/);
    driver.host.close();
    const again = await start();
    again.host.close();
  });

  it('the file of another process, even one that gets killed', async () => {
    writeFileSync(image, Buffer.alloc(MIB));
    const script = `require('fs').openSync(process.argv[1], 'r+'); console.log('open'); setInterval(() => {}, 1000)`;
    const child = spawn(process.execPath, ['-e', script, image]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await problem({ backing: image })).toContain(`is in use by process ${child.pid}`);
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    const driver = await Driver.start({ size: undefined, backing: image });
    driver.host.close();
  });

  it('is not bothered by readers', async () => {
    writeFileSync(image, Buffer.alloc(MIB));
    const reader = openSync(image, 'r');
    const store = new FileStore(image, undefined);
    store.close();
    closeSync(reader);
  });
});
