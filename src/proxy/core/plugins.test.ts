import e1000 from '@pciem/plugin-e1000';
import edu from '@pciem/plugin-edu';
import endpointTest from '@pciem/plugin-endpoint-test';
import nvme from '@pciem/plugin-nvme';
import watchdog from '@pciem/plugin-watchdog';
import { type DeviceDefinition, DeviceInstance } from '@pciem/sdk';
import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import type { ProxyParts } from './proxy.ts';
import { proxyDevice } from './proxy-device.ts';

const parts: ProxyParts = { mode: 'hook', hooks: () => [], explain: false };
const devices: [string, DeviceDefinition, options?: Record<string, string>][] = [
  // Its address is a random one otherwise.
  ['e1000', e1000, { mac: '52:54:00:12:34:56' }],
  ['edu', edu],
  ['endpoint-test', endpointTest],
  ['nvme', nvme],
  ['watchdog', watchdog],
];

test.each(devices)(
  '%s looks the same from behind a proxy: configuration space, registers, names',
  async (_, device, options = {}) => {
    const behind = proxyDevice(device, {}, parts);
    const [plain, proxied] = [await plug(device, { options }), await plug(behind, { options })];
    for (let offset = 0; offset < 256; offset += 4) {
      expect([offset, proxied.readConfig32(offset)]).toEqual([offset, plain.readConfig32(offset)]);
    }
    const where = { domain: 0, bus: 0, device: 0 };
    const map = new DeviceInstance(device).describe(0, where);
    const registersOf = (each: DeviceDefinition) =>
      new DeviceInstance(each)
        .describe(0, where)
        .registers.map(({ space, offset, name }) => `${space} ${offset} ${name}`)
        .sort();
    expect(registersOf(behind)).toEqual(registersOf(device));
    for (const { space, offset, width, name } of map.registers) {
      if (space > 5) continue;
      const size = width as 1 | 2 | 4 | 8;
      const [before, now] = [await plain.readLater(space, offset, size), await proxied.readLater(space, offset, size)];
      expect([name, now]).toEqual([name, before]);
    }
    plain.close();
    proxied.close();
  },
);
