import { describe, expect, it, test } from 'vitest';
import { capabilityRegisters } from '../analysis/config-names.ts';
import { RecordFlag, RecordKind } from '../record.ts';
import { access, dma, forwardedRead, interrupt } from '../testing/analyze.ts';
import { type CapturedPacket, convert, exampleMap, readCapture, readTlps } from '../testing/capture.ts';
import type { EventInit } from '../testing/events.ts';
import { tlpName } from '../tlp/fmt-type.ts';
import { compileFilter } from './compile.ts';
import { type GateOptions, PacketGate } from './gate.ts';
import { FilterError } from './parse.ts';

const maps = [exampleMap(), exampleMap({ function: 1, registers: [] })];
const events = [
  access('memWrite', 0x14, 0x46_0001, 0),
  ...forwardedRead(0x1c, 0, 100, 40),
  ...forwardedRead(0x1c, 2, 200, 60),
  access('memWrite', 0x1000, 5, 300),
  access('memWrite', 0x1008, 6, 310),
  { ...access('memWrite', 0x14, 7, 320), function: 1 },
  dma('dmaRead', 0x1_0000_0000, new Uint8Array(64), 400),
  dma('dmaWrite', 0x2000, new Uint8Array(4096), 500),
  dma('dmaWrite', 0x3000, [1, 2, 3, 4, 5, 6, 7, 0x80] as unknown as Uint8Array, 550),
  interrupt(3, 600),
  { kind: 'mark' as const, seq: 99, time: 1n, data: [0x61] },
];

/** A TLP as a filter's reader would call it. */
function nameOf({ header, record }: CapturedPacket): string {
  const name = record.flags & RecordFlag.interrupt ? 'MSI' : tlpName(header.fmtType);
  const place = record.space === 255 ? '' : ` ${record.offsetLo.toString(16)}`;
  return `${name}${place}${record.function & 7 ? ' of 1' : ''}`;
}

function capture(options: GateOptions) {
  const gate = new PacketGate(options, maps);
  const file = convert(events, { maps, gate });
  return { tlps: readTlps(file).map(nameOf), contents: readCapture(file) };
}

const kept = (filter: string) => capture({ filter }).tlps;
const ALL = kept('size>=0');

test('what there is to filter', () => {
  expect(ALL).toEqual([
    ...['MWr 14', 'MRd 1c', 'CplD 1c', 'MRd 1c', 'CplD 1c', 'MWr 1000', 'MWr 1008', 'MWr 14 of 1'],
    ...['MRd', 'CplD', 'MWr', 'MWr', 'MSI'],
  ]);
});

test('registers of capabilities, which the device map has', () => {
  const image = new DataView(new ArrayBuffer(4096));
  image.setUint8(0x34, 0x40);
  image.setUint8(0x40, 0x01);
  const withPm = [exampleMap({ registers: capabilityRegisters(image) })];
  const gate = new PacketGate({ filter: 'register="PM Control/Status" & value&3' }, withPm);
  const config = (offset: number, value: number): EventInit => ({
    ...access('memWrite', offset, value, offset),
    kind: 'configWrite',
    flags: ['completed'],
    space: 7,
    tag: 0x80,
  });
  const file = convert([config(0x40, 3), config(0x44, 0), config(0x44, 3)], { maps: withPm, gate });
  expect(readTlps(file).map(nameOf)).toEqual(['CfgWr0 44']);
  expect(() => compileFilter('register="PM Control/Status"', maps)).toThrow('is no register of the device');
});

test.each([
  ['function=1', ['MWr 14 of 1']],
  ['bar=0 & !function=1 & type=MWr', ['MWr 14', 'MWr 1000', 'MWr 1008']],
  ['bar=config', []],
  ['register=CSTS', ['MRd 1c', 'CplD 1c', 'MRd 1c', 'CplD 1c']],
  ['register=csts & value&2', ['CplD 1c']],
  ['register=CSTS & value=0', ['CplD 1c']],
  ['register="SQ0 tail doorbell","SQ1*"', ['MWr 1000', 'MWr 1008']],
  ['register=CC', ['MWr 14']],
  ['register=doorbell', ['MWr 1000', 'MWr 1008']],
  ['offset=0x1000-0x1fff', ['MWr 1000', 'MWr 1008']],
  ['offset>0x1000', ['MWr 1008']],
  ['offset<=0x14', ['MWr 14', 'MWr 14 of 1']],
  ['direction=up', ['CplD 1c', 'CplD 1c', 'MRd', 'MWr', 'MWr', 'MSI']],
  ['direction!=up & !bar=0', ['CplD']],
  ['type=MSI', ['MSI']],
  ['vector=3 | vector=0', ['MSI']],
  ['vector!=3', []],
  ['address=0x100000000', ['MRd']],
  ['address<0x3000 & address>=0x2000', ['MWr']],
  ['value=0x8007060504030201', ['MWr']],
  ['value&0x8000000000000000', ['MWr']],
  ['value>0x8007060504030200', ['MWr']],
  ['size=4096', ['MWr']],
  ['latency>50 & latency<=60', ['CplD 1c']],
  ['status=SC & bar=0', ['CplD 1c', 'CplD 1c']],
  ['(type=CplD | type=MSI) & !bar=0', ['CplD', 'MSI']],
  ['type=MRd && tag=1 || vector==3', ['MRd 1c', 'MRd 1c', 'MSI']],
])('%s', (filter, expected) => {
  expect(kept(filter)).toEqual(expected);
});

test.each([
  ['', 'a name is expected, such as register or offset, at the end'],
  ['bar', 'a comparison is expected after bar, such as bar=1, at the end'],
  ['bar=', 'a value is expected for bar, at the end'],
  ['bar=7', 'bar: 7 is not 0 to 5, rom or config'],
  ['bar<2', 'bar: only = and != make sense'],
  ['(bar=0', 'a closing parenthesis is missing, at the end'],
  ['bar=0 bar=1', 'this does not belong to the expression, at "bar=1"'],
  ['colour=red', 'colour: not one of function, bar, register'],
  ['register=NOPE', 'register: NOPE is no register of the device: CAP, CC, CSTS'],
  ['offset=x', 'offset: x is no number'],
  ['offset<1,2', 'offset: several values go with = and != only'],
  ['offset=9-3', '9-3: the range ends before it begins'],
  ['value=0x10000000000000000', 'value: 0x10000000000000000 is beyond 64 bits'],
  ['type=Foo', 'type: Foo is not one of MRd'],
  ['direction=left', 'direction: left is neither down nor up'],
  ['status=OK', 'status: OK is not SC, UR, CRS or CA'],
  [`${'('.repeat(200)}bar=0${')'.repeat(200)}`, 'the expression is nested too deeply'],
])('%s is refused', (filter, message) => {
  const compiling = () => compileFilter(filter, maps);
  expect(compiling).toThrow(FilterError);
  expect(compiling).toThrow(message);
});

test('registers of the configuration header have the names of the specification', () => {
  const config = (offset: number, data: number[]): EventInit => ({
    kind: 'configWrite',
    flags: ['completed'],
    seq: 1,
    time: 5n,
    space: 7,
    offset,
    data,
  });
  const gate = new PacketGate({ filter: 'register=Command & type=CfgWr' }, maps);
  const tlps = readTlps(convert([config(4, [6, 0]), config(6, [0, 0]), config(12, [8])], { maps, gate }));
  expect(tlps.map(({ record }) => record.offsetLo)).toEqual([4]);
});

describe('a filtered capture', () => {
  it('keeps all records that are no TLPs, and the numbers of parts', () => {
    const { contents } = capture({ filter: 'type=CplD & bar=0' });
    expect(contents.packets.map(({ record }) => record.kind)).toEqual([2, 2, 1, 1, 9].map(Number));
    const { contents: config } = {
      contents: readCapture(
        convert(
          [{ kind: 'configRead', flags: ['completed'], seq: 1, time: 5n, space: 7, dataLength: 4, data: [1, 2, 3, 4] }],
          { maps, gate: new PacketGate({ filter: 'type=CplD' }, maps) },
        ),
      ),
    };
    expect(config.packets.at(-1)?.record).toMatchObject({ kind: RecordKind.tlp, part: 1 });
  });
});

describe('triggers', () => {
  it('stops with the TLP, or some later', () => {
    const stopWhen = 'register=CSTS & value&2';
    expect(capture({ stopWhen }).tlps).toEqual(ALL.slice(0, 5));
    expect(capture({ stopWhen, after: 2 }).tlps).toEqual(ALL.slice(0, 7));
    expect(capture({ stopWhen, after: 100 }).tlps).toEqual(ALL);
    // A stopped capture has no records of what comes after it.
    expect(capture({ stopWhen }).contents.packets.some(({ record }) => record.kind === RecordKind.mark)).toBe(false);
  });

  it('counts what the filter keeps, and looks at what it drops', () => {
    expect(capture({ filter: 'direction=up', stopWhen: 'register=CC', after: 3 }).tlps).toEqual([
      'CplD 1c',
      'CplD 1c',
      'MRd',
    ]);
  });

  it('tells of the trigger, and once of the end', () => {
    const told: string[] = [];
    capture({
      stopWhen: 'type=MWr',
      after: 1,
      onTrigger: () => told.push('trigger'),
      onStop: () => told.push('stop'),
    });
    expect(told).toEqual(['trigger', 'stop']);
  });

  it('puts marks after TLPs', () => {
    const { contents } = capture({ markWhen: 'value&2' });
    const marks = contents.packets.flatMap(({ record, comments, body }, index) =>
      record.kind === RecordKind.mark && record.seqLo === 0
        ? [
            {
              after: nameOf(contents.packets[index - 1] as CapturedPacket),
              comments,
              text: Buffer.from(body).toString(),
            },
          ]
        : [],
    );
    expect(marks).toEqual(
      ['CplD 1c', 'MWr 1008', 'MWr 14 of 1'].map((after) => ({ after, comments: ['value&2'], text: 'value&2' })),
    );
    // The packet after a mark has what the one before the mark began.
    expect(contents.packets.filter(({ record }) => record.kind === RecordKind.tlp)).toHaveLength(ALL.length);
  });
});
