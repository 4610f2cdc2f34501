import type { DeviceMap } from '../../capture/src/index.ts';
import { exampleMap } from '../../capture/src/testing/capture.ts';
import type { EventInit } from '../../capture/src/testing/events.ts';

const start = 1_700_000_000_100_000_000n;
const BAR = 0x5a00_0000_0000n;

/** Little-endian bytes of a value. */
export function bytesOf(value: number | bigint, length: number): number[] {
  return Array.from({ length }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 0xffn));
}

const bar = (offset: number) => ({ space: 0, offset, address: BAR + BigInt(offset) });
const write = (offset: number, value: number | bigint, length = 4): EventInit => {
  return { kind: 'memWrite', tag: 0xc0, ...bar(offset), data: bytesOf(value, length) };
};
const read = (offset: number, value: number | bigint, length = 4): EventInit => {
  return {
    kind: 'memRead',
    flags: ['completed'],
    tag: 0xc1,
    latency: 300,
    ...bar(offset),
    data: bytesOf(value, length),
  };
};
const config = (kind: 'configRead' | 'configWrite', offset: number, value: number, length: number): EventInit => {
  return {
    kind,
    flags: ['completed'],
    tag: 0x80,
    latency: 200,
    space: 7,
    offset,
    address: offset,
    data: bytesOf(value, length),
  };
};

/** A short life of a device, in which nothing is wrong: an event a microsecond. */
export const session: EventInit[] = numbered([
  { kind: 'plug', space: 255 },
  config('configRead', 0x00, 0x00011234, 4),
  config('configRead', 0x0e, 0x00, 1),
  config('configWrite', 0x04, 0x0006, 2),
  config('configRead', 0x40, 0x00000000, 4),
  { kind: 'bound', space: 255, data: Buffer.from('hello-driver') },
  read(0x00, 0x0123_4567_89ab_cdefn, 8),
  read(0x04, 0x01234567),
  write(0x14, 0x00460001),
  { kind: 'memRead', flags: ['forwarded'], tag: 2, dataLength: 4, ...bar(0x1c) },
  {
    kind: 'memCompletion',
    flags: ['forwarded'],
    tag: 2,
    requestSeq: 10,
    latency: 1000,
    ...bar(0x1c),
    data: bytesOf(1, 4),
  },
  write(0x1008, 5),
  {
    kind: 'dmaRead',
    flags: ['coherent'],
    space: 255,
    address: 0x0012_3440,
    latency: 700,
    data: new Uint8Array(200).fill(0xab),
  },
  { kind: 'dmaWrite', space: 255, address: 0x1_0000_0ff8n, data: new Uint8Array(16).fill(0xcd) },
  { kind: 'msi', space: 255, address: 0xfee0_1000, vector: 3, data: bytesOf(0x4021, 4) },
  write(0x100c, 6),
  write(0x30, 0xdeadbeef),
  write(0x15, 0x46, 1),
  { kind: 'reset', space: 255, vector: 0 },
  { kind: 'mark', space: 255, data: Buffer.from('half way') },
  { kind: 'unbound', space: 255 },
  { kind: 'unplug', space: 255, vector: 1 },
]);

/** Frames of `session` with the default limits, after the device map in frame 1. */
export const sessionInfo: string[] = [
  'Device map of 1f000:00:00.0: hello',
  'Plugged',
  'CfgRd0, 00:00.0 @ 0x000  Vendor ID, Device ID',
  'CplD, SC, 1 dw  Vendor ID = 0x1234, Device ID = 0x0001',
  'CfgRd0, 00:00.0 @ 0x00e  Header Type',
  'CplD, SC, 1 dw  Header Type = 0x00',
  'CfgWr0, 00:00.0 @ 0x004  Command = 0x0006',
  'Cpl, SC',
  'CfgRd0, 00:00.0 @ 0x040',
  'CplD, SC, 1 dw: 0x00000000',
  'Driver bound: hello-driver',
  'MRd, 2 dw @ 0x00005a0000000000  CAP',
  'CplD, SC, 2 dw  CAP = 0x0123456789abcdef',
  'MRd, 1 dw @ 0x00005a0000000004  CAP[63:32]',
  'CplD, SC, 1 dw  CAP[63:32] = 0x01234567',
  'MWr, 1 dw @ 0x00005a0000000014  CC = 0x00460001',
  'MRd, 1 dw @ 0x00005a000000001c  CSTS',
  'CplD, SC, 1 dw  CSTS = 0x00000001',
  'MWr, 1 dw @ 0x00005a0000001008  SQ1 tail doorbell = 5',
  'MRd, 50 dw @ 0x00123440  coherent memory',
  'CplD, SC, 50 dw',
  'MWr, 2 dw @ 0x0000000100000ff8: 0xcdcdcdcdcdcdcdcd  streaming memory',
  'MWr, 2 dw @ 0x0000000100001000: 0xcdcdcdcdcdcdcdcd  streaming memory',
  'MWr, 1 dw @ 0xfee01000  interrupt vector 3',
  'MWr, 1 dw @ 0x00005a000000100c  CQ1 head doorbell = 6',
  'MWr, 1 dw @ 0x00005a0000000030: 0xdeadbeef',
  'MWr, 1 dw @ 0x00005a0000000014  CC[15:8] = 0x46',
  'Reset: function level reset',
  'Mark: half way',
  'Driver unbound',
  'Unplugged by surprise',
];

/** Gives events sequence numbers and times a microsecond apart. */
export function numbered(events: readonly EventInit[]): EventInit[] {
  return events.map((event, index) => ({ seq: index + 1, time: start + BigInt(index) * 1000n, ...event }));
}

/** The map that `session` belongs to. */
export const sessionMap: DeviceMap = exampleMap({ msix: { bar: 0, table: 0x2000, pba: 0x3000, vectors: 8 } });
