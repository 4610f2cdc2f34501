import { expect, test } from 'vitest';
import { exampleMap } from '../../capture/src/testing/capture.ts';
import type { RunningDevice } from '../run/registry.ts';
import { chooseDevices } from './choose.ts';
import { deviceOf, listInterfaces, listLinkTypes, listOptions, parseRequest } from './extcap.ts';

const device = (endpoint: number, name: string): RunningDevice => ({
  endpoint,
  domain: 0x1f000 + endpoint,
  address: `1f00${endpoint}:00:00.0`,
  name,
  maps: [exampleMap()],
});
const hello = device(0, 'hello');
const nvme = device(1, 'nvme');
const other = device(2, 'nvme');

test.each([
  [['--extcap-interfaces', '--extcap-version=4.4'], { action: 'interfaces' }],
  [['--extcap-dlts', '--extcap-interface', 'pciem-1'], { action: 'dlts', interface: 'pciem-1' }],
  [['--extcap-config', '--extcap-interface', 'pciem-1'], { action: 'config', interface: 'pciem-1' }],
  [
    ['--capture', '--extcap-interface', 'pciem-1', '--fifo', '/tmp/f', '--snaplen', '64'],
    { action: 'capture', interface: 'pciem-1', fifo: '/tmp/f', settings: { snaplen: 64 } },
  ],
  [
    ['--capture', '--extcap-interface=pciem-1', '--fifo=/tmp/f', '--extcap-capture-filter', 'x', '--new-option'],
    { action: 'capture', fifo: '/tmp/f', settings: { snaplen: 0, filter: '(x)' } },
  ],
])('Wireshark calls with %j', (args, expected) => {
  expect(parseRequest(args)).toMatchObject(expected);
});

test.each([
  [[], 'Wireshark starts this'],
  [['--capture', '--fifo', '/tmp/f'], '--extcap-interface is missing'],
  [['--capture', '--extcap-interface', 'a'], '--fifo is missing'],
  [['--capture', '--extcap-interface', 'a', '--fifo', 'f', '--snaplen', '-1'], '--snaplen'],
  [['--capture', '--extcap-interface', 'a', '--fifo', 'f', '--snaplen', 'x'], '--snaplen x: not a number from 0'],
])('%j is refused', (args, message) => {
  expect(() => parseRequest(args)).toThrow(message);
});

test('running devices are interfaces', () => {
  expect(listInterfaces([hello, { ...nvme, name: 'n{v}\nme' }], '1.0')).toEqual([
    'extcap {version=1.0}{display=pciem: PCI Express devices in user space}',
    'interface {value=pciem-1f000:00:00.0}{display=pciem: hello}',
    'interface {value=pciem-1f001:00:00.0}{display=pciem: n v  me}',
  ]);
  expect(deviceOf('pciem-1f001:00:00.0', [hello, nvme])).toBe(nvme);
  expect(() => deviceOf('pciem-1f002:00:00.0', [hello])).toThrow('There is no running device pciem-1f002:00:00.0');
});

test('link type and options', () => {
  expect(listLinkTypes()).toEqual(['dlt {number=147}{name=USER0}{display=PCI Express transactions (pciem)}']);
  expect(listOptions()[0]).toMatch(/^arg \{number=0\}\{call=--snaplen\}/);
});

test('devices are chosen by address or name; the only one without', () => {
  expect(chooseDevices([], [hello])).toEqual([hello]);
  expect(chooseDevices(['hello', '1f001:00:00.0', '1f000:00:00.0'], [hello, nvme, other])).toEqual([hello, nvme]);
});

test.each([
  [[], [], 'No device is running'],
  [[], [hello, nvme], 'Several devices are running: name some with -i'],
  [['disk'], [hello], '-i disk: no such device is running'],
  [['nvme'], [nvme, other], '-i nvme: several devices are called so; give the address'],
])('a choice of %j that cannot be made', (names, devices, message) => {
  expect(() => chooseDevices(names, devices)).toThrow(message);
});
