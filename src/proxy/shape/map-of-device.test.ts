import nvme from '@pciem/plugin-nvme';
import { bar, DeviceInstance, defineDevice, memory, reg32, reg64, rw, w1c } from '@pciem/sdk';
import { plug } from '@pciem/sdk/testing';
import { expect, test } from 'vitest';
import { fromJson, toJson } from '../../plain-json.ts';
import { buildShape } from './build-shape.ts';
import { mapOfDevice } from './map-of-device.ts';
import type { Shape } from './shape.ts';
import { shapeDevice } from './shape-device.ts';

const device = defineDevice({
  name: 'sample',
  identity: { vendor: 1, device: 2, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        CTRL: reg32(0, { fields: { EN: rw(0), MODE: rw(4, 7, { reset: 3 }) } }),
        STAT: reg32(4, { reset: 0xf0, fields: { DONE: w1c(0, 7) } }),
        CAP: reg64(8, { access: 'ro', reset: 0x1122_3344_5566_7788n }),
        CH: reg32.array(0x100, { count: 4, stride: 16, reset: 7 }),
      },
    }),
    bar(2, { size: 4096, ranges: { RAM: memory(0, { length: 4096 }) } }),
  ],
  setup: ({ regs }) => ({ read: { STAT: () => regs.STAT.value + 1 } }),
});

const blank = (from: typeof device) => {
  const shape = buildShape({ map: mapOfDevice(new DeviceInstance(from)), identity: {}, bars: [] });
  // As it gets to the worker.
  return plug(shapeDevice(fromJson(toJson(shape)) as Shape));
};

test('the registers of a device are a map: reset values and access, and nothing of what it does', async () => {
  const host = await blank(device);
  expect([host.read32(0, 0), host.read32(0, 4), host.read32(0, 0x120)]).toEqual([0x30, 0xf0, 7]);
  expect(host.read64(0, 8)).toBe(0x1122_3344_5566_7788n);
  host.write32(0, 4, 0x30);
  host.write32(0, 8, 0);
  expect([host.read32(0, 4), host.read32(0, 8)]).toEqual([0xc0, 0x5566_7788]);
});

test('nvme lends its registers', async () => {
  const host = await blank(nvme as typeof device);
  expect(host.readConfig32(8) >>> 8).toBe(0x010802);
  host.write32(0, 0x14, 0x0046_0001);
  // No device is behind them: it never gets ready.
  expect([host.read32(0, 0x14), host.read32(0, 0x1c) & 1]).toEqual([0x0046_0001, 0]);
});
