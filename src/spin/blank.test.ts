import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plug } from '@pciem/sdk/testing';
import { afterEach, expect, test } from 'vitest';
import { type BlankRequest, decodeSpec, encodeSpec, planBlank } from './blank.ts';
import blankDevice from './blank-device.ts';

const mapFile = join(import.meta.dirname, '../../docs/example-map.yaml');
const own = join(tmpdir(), `pciem-blank-${process.pid}.yaml`);
afterEach(() => rmSync(own, { force: true }));

const request = (changes: Partial<BlankRequest>): BlankRequest => ({
  id: '1234:0001',
  class: 'ff0000',
  bars: ['0:4K'],
  map: undefined,
  peripherals: undefined,
  interrupts: undefined,
  ...changes,
});

async function logsOf(changes: Partial<BlankRequest>, use: (host: Awaited<ReturnType<typeof plug>>) => void) {
  const { settings } = await planBlank(request(changes));
  const host = await plug(blankDevice, { options: settings });
  use(host);
  return host.logs.map(({ text }) => text);
}

test('remembers what was written, and tells of every access', async () => {
  const logs = await logsOf({ bars: ['0:8K', '2:16K,64,prefetch'], interrupts: 4 }, (host) => {
    host.write32(0, 0x1ffc, 0xabcd);
    expect(host.read32(0, 0x1ffc)).toBe(0xabcd);
    expect(host.read16(2, 2)).toBe(0);
    expect(host.readConfig32(0)).toBe(0x0001_1234);
    expect(host.readConfig32(8) >>> 8).toBe(0xff0000);
    expect(host.readConfig32(0x18) & 0xf).toBe(0xc);
  });
  expect(logs).toEqual(['write BAR0+0x1ffc 0x0000abcd', 'read  BAR0+0x1ffc 0x0000abcd', 'read  BAR2+0x002 0x0000']);
});

test('names registers and fields of a map', async () => {
  const logs = await logsOf({ id: undefined, class: undefined, bars: [], map: mapFile }, (host) => {
    host.read32(0, 0);
    host.write32(0, 4, 5);
    host.read8(0, 5);
    host.write16(0, 0x108, 9);
    host.write32(0, 0x108, 9);
    host.write64(0, 0x10, 1n);
    host.read32(0, 0x800);
  });
  expect(logs).toEqual([
    'read  BAR0+0x000 ID 0x05e90001',
    'write BAR0+0x004 CTRL 0x00000005 ENABLE=1 MODE=micro',
    'read  BAR0+0x005 CTRL[byte 1] 0x00',
    'write BAR0+0x108 STEP[2] 0x0009',
    'write BAR0+0x108 STEP[2] and 2 bytes more 0x00000009',
    'write BAR0+0x010 POSITION[byte 0-3] 0x00000001',
    'write BAR0+0x014 POSITION[byte 4-7] 0x00000000',
    'read  BAR0+0x800 0x00000000',
  ]);
});

test('counts what a polling driver repeats', async () => {
  const logs = await logsOf({}, (host) => {
    for (let n = 0; n < 1000; n++) host.read32(0, 8);
    host.write32(0, 8, 1);
  });
  expect(logs).toEqual(['read  BAR0+0x008 0x00000000', '… and 999 more of these', 'write BAR0+0x008 0x00000001']);
});

test('--bar says how a BAR of the map is, or adds one', async () => {
  const { settings } = await planBlank(request({ map: mapFile, bars: ['0:16K,64', '3:4K'] }));
  const { map } = decodeSpec(settings.spec ?? '');
  expect(map.bars.map(({ index, size, bits, registers }) => [index, size, bits, registers.length])).toEqual([
    [0, 16384, 64, 5],
    [3, 4096, 32, 0],
  ]);
});

test('64-bit reset values survive the way to the device', () => {
  const spec = {
    unmapped: 'zero' as const,
    map: {
      name: 'x',
      bars: [
        {
          index: 0,
          size: 4096,
          registers: [
            { name: 'A', offset: 0, width: 64 as const, reset: 0xfedcba9876543210n, access: 'rw' as const, fields: [] },
          ],
        },
      ],
    },
  };
  expect(decodeSpec(encodeSpec(spec))).toEqual(spec);
});

test.each<[Partial<BlankRequest>, string]>([
  [{ id: '1234' }, '--id 1234: not of the form VENDOR:DEVICE'],
  [{ id: undefined }, 'Which ids shall the device have?'],
  [{ class: 'ff00' }, '--class ff00: not six hexadecimal digits'],
  [{ class: undefined }, 'Which class shall the device have?'],
  [{ bars: [] }, 'What BARs shall the device have?'],
  [{ bars: ['4K'] }, '--bar 4K: not of the form NUMBER:SIZE'],
  [{ bars: ['0:5K'] }, '--bar 0:5K: the size 5120 is not a power of two'],
  [{ bars: ['0:4K,48'] }, "--bar 0:4K,48: '48' is not 32, 64 or prefetch"],
  [{ map: '/nowhere.yaml' }, '--map /nowhere.yaml: ENOENT'],
])('%j is refused', async (changes, message) => {
  await expect(planBlank(request(changes))).rejects.toThrow(message);
});

test('a mistake in a map is told with its place', async () => {
  writeFileSync(own, 'name: x\nbars: [{ index: 9, size: 4K }]');
  await expect(planBlank(request({ map: own }))).rejects.toThrow(`${own}:2:17: bars[0].index: give 0 to 5`);
});
