import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeTlpHeader, TLP_TRUNCATED, TLP_UNKNOWN } from './decode.ts';
import { encodeTlpHeader } from './encode.ts';
import { FmtType, headerDwords, Layout, layoutOf, tlpName } from './fmt-type.ts';
import { MAX_PREFIXES, TlpHeader } from './header.ts';

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });
const kinds = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => tlpName(byte) !== undefined);

/** Headers whose fields all have a place in the TLP, so that decoding gives them back. */
const headers = fc
  .record({
    fmtType: fc.constantFrom(...kinds),
    tc: bits(3),
    attr: bits(3),
    ln: bits(1),
    th: bits(1),
    td: bits(1),
    ep: bits(1),
    at: bits(2),
    length: fc.integer({ min: 1, max: 1024 }),
    requester: u16,
    tag: bits(10),
    prefixes: fc.array(
      bits(29).map((low) => (0x80000000 | low) >>> 0),
      { maxLength: MAX_PREFIXES },
    ),
    firstBe: bits(4),
    lastBe: bits(4),
    addressHi: u32,
    addressLo: u32,
    target: u16,
    register: bits(10).map((dword) => dword * 4),
    completer: u16,
    status: bits(3),
    bcm: bits(1),
    byteCount: fc.integer({ min: 1, max: 4096 }),
    lowerAddress: bits(7),
    messageCode: bits(8),
    messageHi: u32,
    messageLo: u32,
  })
  .map(({ prefixes, ...fields }) => {
    const header = onlyMeaningful(Object.assign(new TlpHeader(), fields));
    header.prefixCount = prefixes.length;
    header.prefixes.set(prefixes);
    return header;
  });

function onlyMeaningful(header: TlpHeader): TlpHeader {
  const common = ['fmtType', 'tc', 'attr', 'ln', 'th', 'td', 'ep', 'at', 'length', 'requester', 'tag'] as const;
  const byLayout = {
    [Layout.address]: ['firstBe', 'lastBe', 'addressHi', 'addressLo'],
    [Layout.config]: ['firstBe', 'lastBe', 'target', 'register'],
    [Layout.completion]: ['completer', 'status', 'bcm', 'byteCount', 'lowerAddress'],
    [Layout.message]: ['messageCode', 'messageHi', 'messageLo'],
  } as const;
  const layout = layoutOf(header.fmtType) as keyof typeof byLayout;
  const kept = new TlpHeader();
  for (const field of [...common, ...byLayout[layout]]) kept[field] = header[field];
  if (layout === Layout.address) {
    if (headerDwords(header.fmtType) === 3) kept.addressHi = 0;
    if (!kept.th) kept.addressLo = (kept.addressLo & ~3) >>> 0;
  }
  const reservesLength = !(header.fmtType & 0x40) && (layout === Layout.completion || layout === Layout.message);
  if (reservesLength) kept.length = 0;
  return kept;
}

test('decoding gives back what was encoded', () => {
  fc.assert(
    fc.property(headers, bits(2), (header, offset) => {
      const view = new DataView(new ArrayBuffer(64));
      const length = encodeTlpHeader(header, view, offset);
      expect(length).toBe((header.prefixCount + headerDwords(header.fmtType)) * 4);
      const decoded = new TlpHeader();
      expect(decodeTlpHeader(view, offset, length, decoded)).toBe(length);
      expect(decoded).toEqual(header);
      expect(decodeTlpHeader(view, offset, length - 1, decoded)).toBe(TLP_TRUNCATED);
    }),
  );
});

test('any bytes decode to a header that encodes to the same bytes, or to none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const view = new DataView(bytes.buffer);
      const header = new TlpHeader();
      const length = decodeTlpHeader(view, 0, bytes.length, header);
      if (length <= 0) {
        expect([TLP_TRUNCATED, TLP_UNKNOWN]).toContain(length);
        return;
      }
      const again = new TlpHeader();
      const copy = new DataView(new ArrayBuffer(64));
      encodeTlpHeader(header, copy, 0);
      expect(decodeTlpHeader(copy, 0, length, again)).toBe(length);
      expect(again).toEqual(header);
    }),
    { numRuns: 2000 },
  );
});

function encode(fields: Partial<TlpHeader>): string {
  const bytes = new Uint8Array(32);
  const length = encodeTlpHeader(Object.assign(new TlpHeader(), fields), new DataView(bytes.buffer), 0);
  return Buffer.from(bytes.subarray(0, length)).toString('hex');
}

// Bytes worked out by hand from the figures of PCIe 5.0 2.2.
test.each([
  [
    'MRd 1 DW',
    { fmtType: FmtType.MRd, length: 1, requester: 0x00ff, tag: 5, firstBe: 0xf, addressLo: 0xf620000c },
    '0000000100ff050ff620000c',
  ],
  [
    'MRd 1024 DW, 64-bit',
    {
      fmtType: FmtType.MRd | 0x20,
      length: 1024,
      requester: 8,
      firstBe: 0xf,
      lastBe: 0xf,
      addressHi: 0x5a,
      addressLo: 0x1000,
    },
    '20000000000800ff0000005a00001000',
  ],
  [
    '10-bit tag',
    { fmtType: FmtType.MRd, length: 1, tag: 0x3a5, firstBe: 1, addressLo: 0x10 },
    '008800010000a50100000010',
  ],
  [
    'CfgWr0',
    { fmtType: FmtType.CfgWr0, length: 1, requester: 0xff, tag: 0x80, firstBe: 3, target: 0x0100, register: 0x104 },
    '4400000100ff800301000104',
  ],
  [
    'CplD',
    { fmtType: FmtType.CplD, length: 1, completer: 0x0100, requester: 0xff, tag: 7, byteCount: 4, lowerAddress: 0x1c },
    '4a0000010100000400ff071c',
  ],
  ['byte count 4096 is coded 0', { fmtType: FmtType.CplD, length: 16, byteCount: 4096 }, '4a0000100000000000000000'],
  ['CA is 4', { fmtType: FmtType.Cpl, completer: 1, status: 4, byteCount: 4 }, '0a0000000001800400000000'],
  [
    'Assert_INTA',
    { fmtType: FmtType.Msg + 4, requester: 0x0100, messageCode: 0x20 },
    '34000000010000200000000000000000',
  ],
  [
    'PME_TO_Ack',
    { fmtType: FmtType.Msg + 5, requester: 0x0100, messageCode: 0x1b },
    '350000000100001b0000000000000000',
  ],
  [
    'Set_Slot_Power_Limit',
    { fmtType: FmtType.MsgD + 4, length: 1, messageCode: 0x50 },
    '74000001000000500000000000000000',
  ],
  [
    'attributes and poison',
    { fmtType: FmtType.MWr, tc: 7, attr: 5, ep: 1, td: 1, at: 2, length: 2, firstBe: 0xf, lastBe: 0xf },
    '4074d802000000ff00000000',
  ],
])('%s', (_name, fields, hex) => {
  expect(encode(fields)).toBe(hex);
});

test('a byte that is no TLP does not encode', () => {
  expect(() => encode({ fmtType: 0x7f })).toThrow('fmtType 0x7f is not the first byte of a TLP header');
});
