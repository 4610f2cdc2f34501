import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CaptureWriter,
  checkHeader,
  FmtType,
  hasData,
  headerDwords,
  Layout,
  layoutOf,
  TlpHeader,
  tlpName,
} from '../../capture/src/index.ts';
import { exampleMap } from '../../capture/src/testing/capture.ts';
import { randomSource } from './random.ts';
import { Workbench } from './tshark.ts';

let bench: Workbench;
beforeAll(() => {
  bench = new Workbench();
});
afterAll(() => bench.remove());

const kinds = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => tlpName(byte) !== undefined);
const random = randomSource(42);
const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;

/** A TLP of any kind, with values that are often legal. */
function randomHeader(): TlpHeader {
  const fmtType = pick(kinds);
  const rarely = (below: number) => (random(8) === 0 ? random(below) : 0);
  const header = Object.assign(new TlpHeader(), {
    fmtType,
    tc: rarely(8),
    attr: rarely(8),
    ln: rarely(2),
    th: rarely(2),
    ep: rarely(2),
    at: rarely(4),
    length: 1 + random(pick([1, 2, 8, 1024])),
    requester: random(0x10000),
    tag: random(1024),
    firstBe: pick([0xf, 0xf, 0xe, 0xc, 8, 0, 5]),
    lastBe: pick([0, 0xf, 7, 3, 1, 5]),
    addressHi: pick([0, random(0xffffffff)]),
    addressLo: random(0x40000000) * 4,
    target: random(0x10000),
    register: random(1024) * 4,
    completer: random(0x10000),
    status: pick([0, 0, 1, 2, 4, random(8)]),
    bcm: random(2),
    byteCount: 1 + random(4096),
    lowerAddress: random(128),
    messageCode: random(256),
    messageHi: random(0xffffffff),
    messageLo: random(0xffffffff),
  });
  const layout = layoutOf(fmtType);
  if (layout === Layout.config) header.length = 1;
  if ((layout === Layout.completion || layout === Layout.message) && !hasData(fmtType)) header.length = 0;
  return header;
}

const hex = (value: number, digits: number) => `0x${value.toString(16).padStart(digits, '0')}`;

/** What tshark must print for the columns in `names`. */
function expectedRow(header: TlpHeader): string[] {
  const layout = layoutOf(header.fmtType);
  const only = (wanted: Layout, value: string) => (layout === wanted ? value : '');
  const hasByteEnables = layout === Layout.address || layout === Layout.config;
  const addressHi = headerDwords(header.fmtType) === 4 ? header.addressHi : 0;
  return [
    hex(header.fmtType, 2),
    String(header.tc),
    hex(header.attr, 2),
    String(header.ln),
    String(header.th),
    String(header.ep),
    String(header.at),
    String(header.length),
    hex(header.requester, 4),
    hex(header.tag, 4),
    hasByteEnables ? hex(header.firstBe, 2) : '',
    hasByteEnables ? hex(header.lastBe, 2) : '',
    only(Layout.address, hex(addressHi, 8) + hex(header.addressLo, 8).slice(2)),
    only(Layout.config, hex(header.target, 4)),
    only(Layout.config, hex(header.register, 4)),
    only(Layout.completion, hex(header.completer, 4)),
    only(Layout.completion, String(header.status)),
    only(Layout.completion, String(header.bcm)),
    only(Layout.completion, String(header.byteCount)),
    only(Layout.completion, hex(header.lowerAddress, 2)),
    only(Layout.message, String(header.fmtType & 7)),
    only(Layout.message, hex(header.messageCode, 2)),
    only(Layout.message, hex(header.messageHi, 8).slice(2) + hex(header.messageLo, 8).slice(2)),
  ];
}

const names = [
  'fmt_type',
  'tc',
  'attr',
  'ln',
  'th',
  'ep',
  'at',
  'len',
  'req',
  'tag',
  'first_dw_be',
  'last_dw_be',
  'addr',
  'cfg.target',
  'cfg.register',
  'cpl.id',
  'cpl.status',
  'cpl.bcm',
  'cpl.byte_count',
  'cpl.lower_addr',
  'msg.routing',
  'msg.code',
  'msg.body',
].map((name) => `pciem.${name}`);

test('tshark and our codec agree on every field of every kind of TLP, and on what is legal', () => {
  const headers = Array.from({ length: 3000 }, randomHeader);
  const chunks: Uint8Array[] = [];
  const writer = new CaptureWriter({ maps: [exampleMap()], sink: (chunk) => chunks.push(chunk.slice()) });
  const [fn] = writer.functions;
  if (!fn) throw new Error('no function');
  const data = new Uint8Array(4096);
  for (const header of headers) {
    const size = hasData(header.fmtType) ? header.length * 4 : 0;
    Object.assign(writer.header, header);
    writer.tlp(fn, data, 0, 0, size, size);
  }
  writer.flush();
  const path = bench.file(new Uint8Array(Buffer.concat(chunks)));

  expect(bench.fields(path, names, '-Y', 'pciem.kind == 1')).toEqual(headers.map(expectedRow));
  const illegal = bench.fields(path, ['frame.number'], '-Y', 'pciem.expert.illegal').map(([frame]) => Number(frame));
  const expected = headers.flatMap((header, index) =>
    checkHeader(header, hasData(header.fmtType) ? header.length * 4 : 0).length > 0 ? [index + 2] : [],
  );
  expect(illegal).toEqual(expected);
  expect(expected.length).toBeGreaterThan(500);
  expect(expected.length).toBeLessThan(2500);
});

test('messages are named', () => {
  const chunks: Uint8Array[] = [];
  const writer = new CaptureWriter({ maps: [exampleMap()], sink: (chunk) => chunks.push(chunk.slice()) });
  const [fn] = writer.functions;
  for (const [routing, messageCode] of [
    [4, 0x20],
    [4, 0x27],
    [3, 0x19],
    [5, 0x1b],
    [0, 0x33],
    [4, 0x99],
  ] as const) {
    Object.assign(writer.header, { fmtType: FmtType.Msg + routing, messageCode, length: 0 });
    if (fn) writer.tlp(fn, new Uint8Array(0), 0, 0, 0, 0);
  }
  writer.flush();
  const path = bench.file(new Uint8Array(Buffer.concat(chunks)));
  expect(bench.fields(path, ['pciem.intx.pin', 'pciem.intx.asserted'], '-Y', 'pciem.intx.pin')).toEqual([
    ['A', expect.stringMatching(/^(1|True)$/)],
    ['D', expect.stringMatching(/^(0|False)$/)],
  ]);
  expect(bench.info(path, '-Y', 'pciem.kind == 1')).toEqual([
    'Msg, Assert_INTA  interrupt pin A raised',
    'Msg, Deassert_INTD  interrupt pin D lowered',
    'Msg, PME_Turn_Off',
    'Msg, PME_TO_Ack',
    'Msg, ERR_FATAL',
    'Msg, code 0x99',
  ]);
});
