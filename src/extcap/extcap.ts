import { parseArgs } from 'node:util';
import type { CaptureSettings } from '../host/kernel/capture-settings.ts';
import type { RunningDevice } from '../run/registry.ts';

/** What extcap programs are asked for, and with what (Wireshark Developer's Guide 8.3). */
export interface ExtcapRequest {
  action: 'interfaces' | 'dlts' | 'config' | 'capture';
  interface: string;
  fifo: string;
  settings: CaptureSettings;
}

/** Running devices are interfaces of this name and their address. */
const PREFIX = 'pciem-';
const MAX_SNAPLEN = 0x7fff_ffff;

/** Understands a command line of Wireshark; throws an Error that says what is wrong with another one. */
export function parseRequest(args: readonly string[]): ExtcapRequest {
  const { values } = parseArgs({
    args: [...args],
    // Wireshark adds options in new versions, which must not break us.
    strict: false,
    options: {
      'extcap-interfaces': { type: 'boolean' },
      'extcap-dlts': { type: 'boolean' },
      'extcap-config': { type: 'boolean' },
      capture: { type: 'boolean' },
      'extcap-interface': { type: 'string' },
      'extcap-version': { type: 'string' },
      'extcap-capture-filter': { type: 'string' },
      fifo: { type: 'string' },
      snaplen: { type: 'string' },
      filter: { type: 'string' },
    },
  });
  const action = (['interfaces', 'dlts', 'config'] as const).find((name) => values[`extcap-${name}`]);
  if (action === undefined && !values.capture) throw new Error('Wireshark starts this; try --extcap-interfaces');
  const request: ExtcapRequest = {
    action: action ?? 'capture',
    interface: text(values['extcap-interface']),
    fifo: text(values.fifo),
    settings: {
      snaplen: parseSnaplen(text(values.snaplen)),
      // Wireshark has a place for capture filters of its own: what is typed there counts as well.
      ...withFilter([text(values.filter), text(values['extcap-capture-filter'])]),
    },
  };
  if (request.action !== 'interfaces' && request.interface === '') throw new Error('--extcap-interface is missing');
  if (request.action === 'capture' && request.fifo === '') throw new Error('--fifo is missing');
  return request;
}

/** The device that an interface stands for. Throws an Error if it does not run. */
export function deviceOf(name: string, devices: readonly RunningDevice[]): RunningDevice {
  const device = devices.find(({ address }) => name === PREFIX + address);
  if (device === undefined) throw new Error(`There is no running device ${name}`);
  return device;
}

/** The interfaces, for `--extcap-interfaces`. */
export function listInterfaces(devices: readonly RunningDevice[], version: string): string[] {
  return [
    `extcap {version=${version}}{display=pciem: PCI Express devices in user space}`,
    ...devices.map(({ address, name }) => `interface {value=${PREFIX}${address}}{display=pciem: ${plain(name)}}`),
  ];
}

/** Link type of captures: LINKTYPE_USER0. */
export function listLinkTypes(): string[] {
  return ['dlt {number=147}{name=USER0}{display=PCI Express transactions (pciem)}'];
}

/** What Wireshark's dialogue offers. */
export function listOptions(): string[] {
  return [
    'arg {number=0}{call=--snaplen}{display=Bytes kept of a payload}{tooltip=0: all of them}{type=unsigned}' +
      `{range=0,${MAX_SNAPLEN}}{default=0}`,
    'arg {number=1}{call=--filter}{display=Filter}{tooltip=Keeps TLPs for which this holds: bar=0 & type=MWr,MRd}' +
      '{type=string}',
  ];
}

function withFilter(expressions: readonly string[]): CaptureSettings {
  const given = expressions.filter((expression) => expression.trim() !== '');
  return given.length === 0 ? {} : { filter: given.map((expression) => `(${expression})`).join(' & ') };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseSnaplen(value: string): number {
  const number = value === '' ? 0 : Number(value);
  if (Number.isInteger(number) && number >= 0 && number <= MAX_SNAPLEN) return number;
  throw new Error(`--snaplen ${value}: not a number from 0 to ${MAX_SNAPLEN}`);
}

/** Braces end a value. */
function plain(name: string): string {
  return name.replace(/[{}\r\n]/g, ' ');
}
