import { expect, test } from 'vitest';
import { exampleMap } from '../../../capture/src/testing/capture.ts';
import { withBusAddresses } from './bus-addresses.ts';

test('bus addresses as configuration space has them', () => {
  const config = new Uint8Array(4096);
  const view = new DataView(config.buffer);
  const bar = { size: 4096, kind: 'trapped', bits: 32, prefetchable: false } as const;
  const map = exampleMap({
    bars: [
      { ...bar, index: 0, bits: 64, prefetchable: true },
      { ...bar, index: 2 },
      { ...bar, index: 3, kind: 'io', size: 32 },
      { ...bar, index: 4 },
      { ...bar, index: 6 },
    ],
  });
  expect(withBusAddresses(map, config)).toEqual(map);

  view.setUint32(0x10, 0x0010_000c, true);
  view.setUint32(0x14, 0x80, true);
  view.setUint32(0x18, 0xfebc_0000, true);
  view.setUint32(0x1c, 0x1021, true);
  view.setUint32(0x30, 0xfeb8_0001, true);
  expect(withBusAddresses(map, config).bars.map(({ address }) => address)).toEqual([
    0x80_0010_0000n,
    0xfebc_0000n,
    0x1020n,
    undefined,
    0xfeb8_0000n,
  ]);
});
