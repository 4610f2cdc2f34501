import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findDevice } from './find.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'devices-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function writePackage(contents: unknown): void {
  writeFileSync(join(directory, 'package.json'), typeof contents === 'string' ? contents : JSON.stringify(contents));
}

const device = { name: 'one', entry: './one.js', summary: 'The first' };

test('a module file is a device, named after the file', async () => {
  const file = join(directory, 'hello.ts');
  writeFileSync(file, '');
  expect(await findDevice(file)).toEqual({ name: 'hello', entry: file, summary: '' });
});

test('the directory of a package with one device', async () => {
  writePackage({ pciem: { devices: [device] } });
  writeFileSync(join(directory, 'one.js'), '');
  expect(await findDevice(directory)).toEqual({ ...device, entry: join(directory, 'one.js') });
});

test.each([
  ['no package.json', undefined, 'it has no package.json'],
  ['no device', { name: 'x' }, 'lists no device'],
  ['several devices', { pciem: { devices: [device, { ...device, name: 'two' }] } }, 'lists several devices'],
  ['a device without a name', { pciem: { devices: [{ entry: './x.js' }] } }, 'pciem.devices[0].name'],
  [
    'another apiVersion',
    { name: 'x', pciem: { apiVersion: 9, devices: [device] } },
    'apiVersion 9, and this pciem speaks apiVersion 1',
  ],
  ['a package.json that is not JSON', '{', 'is not JSON'],
  ['an entry that is not built', { pciem: { devices: [device] } }, 'The device one has no'],
])('a package with %s is refused', async (_, contents, message) => {
  if (contents !== undefined) writePackage(contents);
  await expect(findDevice(directory)).rejects.toThrow(message);
});

test('a name that is nothing at all', async () => {
  await expect(findDevice('no-such-device')).rejects.toThrow('There is no device "no-such-device"');
  await expect(findDevice('nvem')).rejects.toMatchObject({ nextSteps: expect.arrayContaining(['Did you mean nvme?']) });
});

test('a file that is no module', async () => {
  const file = join(directory, 'notes.txt');
  writeFileSync(file, '');
  await expect(findDevice(file)).rejects.toThrow('is not a device');
});
