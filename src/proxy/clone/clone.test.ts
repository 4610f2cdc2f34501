import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceInstance } from '@pciem/sdk';
import { SimHost } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Shape } from '../shape/shape.ts';
import { shapeDevice } from '../shape/shape-device.ts';
import { cloneShape } from './clone.ts';
import { shapeOfConfig } from './config-shape.ts';
import { readSysfs } from './sysfs.ts';

let directory: string;
let notes: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-clone-'));
  notes = [];
});
afterEach(() => rmSync(directory, { recursive: true }));

const note = (line: string) => void notes.push(line);

/** An Ethernet card in use: PM at 0xc8, MSI at 0xd0, PCIe at 0xe0, MSI-X at 0xa0, AER at 0x100, a serial number at 0x140. */
const runs: Readonly<Record<number, string>> = {
  0: '8680d31007041000000000020000000000000a fe00000000c1c00000000008fe'.replaceAll(' ', ''),
  40: '0000000086801fa000000000c8000000000000000b010000',
  64: 'a1b2c3',
  160: '110004800300000003200000',
  200: '01d022c80020002f',
  208: '05e081000000e0fe0000000021430000',
  224: '10a00200c18c0000100010001 11c04034000111 0'.replaceAll(' ', ''),
  256: '01000114',
  320: '0300010056341200ffff5452',
};

function configBytes(): Uint8Array {
  const config = new Uint8Array(4096);
  for (const [offset, hex] of Object.entries(runs)) config.set(Buffer.from(hex, 'hex'), Number(offset));
  return config;
}

function lspciText(config: Uint8Array): string {
  const lines = [
    '00:02.0 Ethernet controller: Intel Corporation 82574L Gigabit Network Connection',
    '\tControl: I/O+ Mem+ BusMaster+',
    '\tRegion 0: Memory at fe0a0000 (32-bit, non-prefetchable) [size=128K]',
    '\tRegion 2: I/O ports at c0c0 [size=32]',
    '\tRegion 3: Memory at fe080000 (32-bit, non-prefetchable) [size=16K]',
  ];
  for (let at = 0; at < config.length; at += 16) {
    const bytes = [...config.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    lines.push(`${at.toString(16).padStart(2, '0')}: ${bytes.join(' ')}`);
  }
  return `${lines.join('\n')}\n\n`;
}

function twinOf(shape: Shape): SimHost {
  return new SimHost(new DeviceInstance(shapeDevice(shape)), { enable: false });
}

function header(config: Uint8Array): Uint8Array {
  const view = new DataView(config.buffer);
  view.setUint32(0x10, 0xfe0a_0000, true);
  view.setUint32(0x14, 0, true);
  view.setUint32(0x18, 0xc0c1, true);
  view.setUint32(0x1c, 0xfe08_0000, true);
  return config;
}

async function cloned(): Promise<Shape> {
  const file = join(directory, 'lspci.txt');
  writeFileSync(file, lspciText(header(configBytes())));
  return cloneShape(file, note);
}

describe('a twin from output of lspci', () => {
  test('has identity, BARs and interrupt pin, and says what it cannot have', async () => {
    expect(await cloned()).toMatchObject({
      name: 'clone-8086-10d3',
      identity: { vendor: 0x8086, device: 0x10d3, class: 0x020000, subsystemVendor: 0x8086, subsystem: 0xa01f },
      bars: [
        { index: 0, size: 128 * 1024, bits: 32, prefetchable: false },
        { index: 2, size: 32, io: true },
        { index: 3, size: 16 * 1024, bits: 32, prefetchable: false },
      ],
      interrupts: { intx: 'A' },
    });
    expect(notes).toEqual([]);
  });

  test('has the same configuration space but for addresses and what the driver has enabled', async () => {
    const original = header(configBytes());
    const twin = twinOf(await cloned());
    const different: number[] = [];
    for (let offset = 0; offset < 4096; offset++) {
      if (twin.readConfig8(offset) !== original[offset]) different.push(offset);
    }
    const allowed = (offset: number) =>
      offset === 4 ||
      offset === 5 ||
      (offset >= 0x10 && offset < 0x28) ||
      offset === 0x3c ||
      offset === 0xa3 ||
      (offset >= 0xd2 && offset < 0xde);
    expect(different.filter((offset) => !allowed(offset))).toEqual([]);
    expect(twin.readConfig16(0xa2)).toBe(0x0004);
    expect(twin.readConfig16(0xd2)).toBe(0x0080);
  });

  test('lets the driver change what a real one lets it change', async () => {
    const twin = twinOf(await cloned());
    const after = (offset: number) => {
      twin.writeConfig32(offset, 0xffff_ffff);
      return twin.readConfig32(offset) >>> 0;
    };
    expect([0xd4, 0xc8 + 4, 0x104, 0x108, 0x140].map(after)).toEqual([
      0xffff_fffc,
      (0x2f00_2000 & ~0x8000 & 0xffff_0000) | 0x2103,
      0,
      0xffff_ffff,
      0x0001_0003,
    ]);
    expect(after(0x40)).toBe(0xffff_ffff);
  });

  test('of several devices wants an address', async () => {
    const file = join(directory, 'two.txt');
    const text = lspciText(header(configBytes()));
    writeFileSync(file, text + text.replaceAll('00:02.0', '00:03.0'));
    await expect(cloneShape(file, note)).rejects.toMatchObject({
      nextSteps: [`--clone ${file}@00:02.0`, `--clone ${file}@00:03.0`],
    });
    expect((await cloneShape(`${file}@00:03.0`, note)).name).toBe('clone-8086-10d3');
  });

  test('without sizes of BARs says how to get them', async () => {
    const file = join(directory, 'short.txt');
    writeFileSync(file, lspciText(header(configBytes())).replaceAll(/\tRegion.*\n/g, ''));
    await expect(cloneShape(file, note)).rejects.toMatchObject({ nextSteps: ['Make the file with: lspci -vvxxxx'] });
  });
});

test('a device of this machine is read from sysfs', async () => {
  const device = join(directory, '0000:00:02.0');
  mkdirSync(device);
  writeFileSync(join(device, 'config'), header(configBytes()));
  const zero = '0x0000000000000000 0x0000000000000000 0x0000000000000000';
  const lines = ['0x00000000fe0a0000 0x00000000fe0bffff 0x0000000000040200', zero];
  lines.push('0x000000000000c0c0 0x000000000000c0df 0x0000000000040101');
  lines.push('0x00000000fe080000 0x00000000fe083fff 0x0000000000040200', zero, zero, zero);
  writeFileSync(join(device, 'resource'), `${lines.join('\n')}\n`);
  const shape = shapeOfConfig(await readSysfs('00:02.0', directory), note);
  expect(shape.bars.map(({ index, size }) => [index, size])).toEqual([
    [0, 0x20000],
    [2, 32],
    [3, 0x4000],
  ]);
  await expect(readSysfs('00:09.0', directory)).rejects.toThrow('this machine has no such device');
});

test.each([
  ['/no/such/file', 'no such file'],
  ['FILE', 'neither output of lspci nor a capture'],
])('%s is refused', async (source, message) => {
  const file = join(directory, 'FILE');
  writeFileSync(file, 'hello\n');
  await expect(cloneShape(source === 'FILE' ? file : source, note)).rejects.toThrow(message);
});
