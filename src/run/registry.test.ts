import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exampleMap } from '../../capture/src/testing/capture.ts';
import { publishDevice, type RunningDevice, runningDevices } from './registry.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-registry-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const map = exampleMap({
  bars: [{ index: 0, size: 4096, kind: 'trapped', bits: 64, prefetchable: false, address: 0x80_0010_0000n }],
});
const device = (endpoint: number): RunningDevice => ({
  endpoint,
  domain: 0x1f000 + endpoint,
  address: `1f00${endpoint}:00:00.0`,
  name: 'hello',
  maps: [map],
});

test('a device is found as it was published, until it is gone', () => {
  const remove = publishDevice(device(1), directory);
  expect(runningDevices(directory)).toEqual([device(1)]);
  remove();
  expect(runningDevices(directory)).toEqual([]);
  expect(readdirSync(directory)).toEqual([]);
});

test('several devices are in the order of their numbers', () => {
  for (const endpoint of [10, 2]) publishDevice(device(endpoint), directory);
  expect(runningDevices(directory).map(({ endpoint }) => endpoint)).toEqual([2, 10]);
});

test('no directory, no devices', () => {
  expect(runningDevices(join(directory, 'none'))).toEqual([]);
});

test('what a process that has ended left behind is ignored', async () => {
  const child = spawn('true');
  const { pid } = child;
  await once(child, 'exit');
  publishDevice(device(1), directory);
  change({ pid });
  expect(runningDevices(directory)).toEqual([]);
});

test('a process with the same number is not taken for the one that published', () => {
  publishDevice(device(1), directory);
  change({ started: '1' });
  expect(runningDevices(directory)).toEqual([]);
});

test('an entry that another process has taken over is left alone', () => {
  const remove = publishDevice(device(1), directory);
  change({ pid: 1 });
  remove();
  expect(readdirSync(directory)).toEqual(['1.json']);
});

test('files that are no entries are skipped', () => {
  writeFileSync(join(directory, '3.json'), '{"version": 1');
  writeFileSync(join(directory, '4.json'), '{"version": 2, "maps": []}');
  writeFileSync(join(directory, 'results.json'), '{}');
  expect(runningDevices(directory)).toEqual([]);
});

function change(values: object): void {
  const path = join(directory, '1.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...values }));
}
