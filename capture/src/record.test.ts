import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRecordHeader, encodeRecordHeader, RECORD_HEADER_BYTES, RecordHeader } from './record.ts';

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const headers = fc
  .record({
    kind: u8,
    direction: u8,
    flags: u16,
    domain: u32,
    function: u16,
    space: u8,
    detail: u16,
    part: u16,
    seqHi: u32,
    seqLo: u32,
    requestHi: u32,
    requestLo: u32,
    timeHi: u32,
    timeLo: u32,
    offsetHi: u32,
    offsetLo: u32,
    access: u32,
    latency: u32,
  })
  .map((fields) => Object.assign(new RecordHeader(), fields));

test('decoding gives back what was encoded', () => {
  fc.assert(
    fc.property(headers, fc.nat(7), (header, offset) => {
      const view = new DataView(new ArrayBuffer(80));
      expect(encodeRecordHeader(header, view, offset)).toBe(RECORD_HEADER_BYTES);
      const decoded = new RecordHeader();
      expect(decodeRecordHeader(view, offset, RECORD_HEADER_BYTES, decoded)).toBe(RECORD_HEADER_BYTES);
      expect(decoded).toEqual(header);
    }),
  );
});

function encoded(): DataView {
  const view = new DataView(new ArrayBuffer(80));
  encodeRecordHeader(new RecordHeader(), view, 0);
  return view;
}

test('a longer header of a newer minor version is read', () => {
  const view = encoded();
  view.setUint8(5, 9);
  view.setUint16(6, 72);
  const header = new RecordHeader();
  expect(decodeRecordHeader(view, 0, 80, header)).toBe(72);
  expect(header).toMatchObject({ minor: 9, headerBytes: 72 });
});

test.each<[string, (view: DataView) => void, number]>([
  ['another magic', (view) => view.setUint8(0, 0), 80],
  ['another major version', (view) => view.setUint8(4, 2), 80],
  ['a header shorter than 64 bytes', (view) => view.setUint16(6, 63), 80],
  ['a header longer than the packet', (view) => view.setUint16(6, 81), 80],
  ['a packet shorter than 64 bytes', () => {}, 63],
])('%s is not ours', (_name, change, available) => {
  const view = encoded();
  change(view);
  expect(decodeRecordHeader(view, 0, available, new RecordHeader())).toBe(0);
});
