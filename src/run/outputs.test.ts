import { expect, test } from 'vitest';
import { deviceOutputs, withDeviceOutputs, withScreenshot } from './outputs.ts';
import { planDevices } from './plan.ts';

test('files of devices in a virtual machine go elsewhere, and are known by both names', async () => {
  const devices = withScreenshot(await planDevices(['nvme', 'display'], ['display.width=640']), 'shots/a.png');
  expect(deviceOutputs(devices)).toEqual([{ name: '1-screenshot-a.png', file: 'shots/a.png' }]);
  expect(withDeviceOutputs(devices, (name) => `/run/${name}`).map(({ settings }) => settings)).toEqual([
    {},
    { width: '640', screenshot: '/run/1-screenshot-a.png' },
  ]);
});

test.each([
  [['nvme'], [], 'no device here has a picture'],
  [['display', 'display'], [], 'several of the devices have a picture'],
  [['display'], ['screenshot=b.png'], 'says so already'],
])('a screenshot of %j %j is refused', async (names, assignments, message) => {
  const devices = await planDevices(names, assignments);
  expect(() => withScreenshot(devices, 'a.png')).toThrow(message);
});
