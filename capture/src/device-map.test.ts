import { expect, test } from 'vitest';
import { type DeviceMap, decodeDeviceMap, encodeDeviceMap } from './device-map.ts';
import { exampleMap } from './testing/capture.ts';

function bodyOf({ domain, bus, device, function: _, ...body }: DeviceMap) {
  return body;
}

test('decoding gives back the map', () => {
  const map = exampleMap({
    msix: { bar: 4, table: 0x2000, pba: 0x3000, vectors: 2048 },
    bars: [
      { index: 0, size: 16384, kind: 'trapped', bits: 64, prefetchable: true, address: 0xfedc_ba98_0000n },
      { index: 2, size: 4096, kind: 'ram', bits: 32, prefetchable: false },
    ],
  });
  expect(decodeDeviceMap(encodeDeviceMap(map))).toEqual(bodyOf(map));
});

test('a large map takes several records', () => {
  const registers = Array.from({ length: 5000 }, (_, index) => ({
    space: 0,
    offset: index * 4,
    width: 4,
    name: `REGISTER_${index}`,
  }));
  const map = exampleMap({ registers });
  const bodies = encodeDeviceMap(map);
  expect(bodies.length).toBeGreaterThan(2);
  expect(Math.max(...bodies.map((body) => body.length))).toBeLessThanOrEqual(60_000);
  expect(decodeDeviceMap(bodies)).toEqual(bodyOf(map));
});

test('items of unknown kinds and the rest of longer items are skipped', () => {
  const [body] = encodeDeviceMap(exampleMap()) as [Uint8Array];
  const unknown = Uint8Array.of(0x7f, 0xff, 0, 2, 1, 2);
  expect(decodeDeviceMap([new Uint8Array(Buffer.concat([unknown, body, unknown]))])).toEqual(bodyOf(exampleMap()));
});

test('a map cut anywhere decodes to what is there', () => {
  const [body] = encodeDeviceMap(exampleMap()) as [Uint8Array];
  for (let length = 0; length < body.length; length++) decodeDeviceMap([body.subarray(0, length)]);
});

test('text beyond 255 bytes is cut at a character', () => {
  const { name } = decodeDeviceMap(encodeDeviceMap(exampleMap({ name: 'ä'.repeat(200) })));
  expect(name).toBe('ä'.repeat(127));
});

test.each([
  [{ vendor: 0x12345 }, 'device map of hello: vendor 74565 must be an integer from 0 to 65535'],
  [{ registers: [{ space: 0, offset: 0, width: 32, name: 'CC' }] }, 'register CC: width 32 must be 1, 2, 4 or 8 bytes'],
  [{ registers: [{ space: 0, offset: -4, width: 4, name: 'CC' }] }, 'register CC: offset -4 must be an integer'],
])('a value that does not fit is named', (overrides, message) => {
  expect(() => encodeDeviceMap(exampleMap(overrides))).toThrow(message);
});
