import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convert, exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';
import { bytesOf, numbered } from './session.ts';
import { Workbench } from './tshark.ts';

/** docs/dissector-api.md is tested by running its example. */
const doc = readFileSync(new URL('../../docs/dissector-api.md', import.meta.url), 'utf8');
const example = /```lua\n([\s\S]*?)```/.exec(doc)?.[1] as string;

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

const write = (offset: number, value: number): EventInit => {
  return { kind: 'memWrite', address: 0x1000 + offset, offset, data: bytesOf(value, 4) };
};
const events = numbered([
  write(0x20, 5),
  write(0x24, 9),
  write(0x20, 37),
  { kind: 'reset', space: 255 },
  write(0x20, 1),
]);
const file = (map = exampleMap()) => bench.file(convert(events, { maps: [map] }));
const withScript = (text: string): string[] => ['-X', `lua_script:${bench.file(Buffer.from(text), 'device.lua')}`];

test('the example of the documentation', () => {
  expect(bench.info(file(), '-Y', 'adder', ...withScript(example))).toEqual([
    'MWr, 1 dw @ 0x00001020  SUM = 0x00000005  sum 5',
    'MWr, 1 dw @ 0x00001020  SUM = 0x00000025  sum 42',
    'MWr, 1 dw @ 0x00001020  SUM = 0x00000001  sum 1',
  ]);
  const columns = ['adder.sum', 'pciem.field'];
  expect(bench.fields(file(), columns, '-2', '-Y', 'adder', '-E', 'aggregator=;', ...withScript(example))).toEqual([
    ['5', 'VALUE = 5;OVERFLOW = 0'],
    ['42', 'VALUE = 37;OVERFLOW = 0'],
    ['1', 'VALUE = 1;OVERFLOW = 0'],
  ]);
});

test('a file that is loaded twice is registered once', () => {
  const script = withScript(example);
  expect(bench.info(file(), '-Y', 'adder', ...script, ...script)).toHaveLength(3);
});

test('other devices are left alone, and a device can be named by its map', () => {
  expect(bench.info(file(exampleMap({ deviceId: 2 })), '-Y', 'adder', ...withScript(example))).toEqual([]);
  const byName = example.replace(/match = \{.*?\}/, 'match = {name = "other"}');
  expect(bench.info(file(exampleMap({ name: 'other' })), '-Y', 'adder', ...withScript(byName))).toHaveLength(3);
});

test('registers that the device map describes keep their names', () => {
  const own = { space: 0, offset: 0x20, width: 4, name: 'OWN', fields: [{ name: 'LOW', lsb: 0, msb: 7 }] };
  const path = file(exampleMap({ registers: [own] }));
  expect(bench.fields(path, ['pciem.register', 'pciem.field'], '-Y', 'adder', ...withScript(example))[0]).toEqual([
    'OWN',
    'LOW = 5',
  ]);
});

test('a wrong registration says what is wrong', () => {
  const script = withScript('require("pciem.devices").register({name = "x", match = {}})');
  expect(() => bench.info(file(), ...script)).toThrow(
    'device.lua:1: pciem.devices.register: x: match must have name, class, or vendor and device',
  );
});
