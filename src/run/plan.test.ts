import { expect, test } from 'vitest';
import { planDevices } from './plan.ts';

const plan = async (names: string[], assignments: string[] = []) =>
  (await planDevices(names, assignments)).map(({ label, device, settings }) => [label, device.name, settings]);

test('devices have the names of their kind, a number, or a name of their own', async () => {
  expect(await plan(['edu', 'nvme', 'disk=nvme', 'nvme'], ['nvme#2.size=1G', 'disk.size=2G'])).toEqual([
    ['edu', 'edu', {}],
    ['nvme', 'nvme', {}],
    ['disk', 'nvme', { size: '2G' }],
    ['nvme#2', 'nvme', { size: '1G' }],
  ]);
});

test('one device needs no prefix', async () => {
  expect(await plan(['nvme'], ['size=1G'])).toEqual([['nvme', 'nvme', { size: '1G' }]]);
});

test('two devices of one name are refused', async () => {
  await expect(plan(['a=nvme', 'a=edu'])).rejects.toThrow('There are two devices called a');
});
