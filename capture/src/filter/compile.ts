import { configParts } from '../analysis/config-names.ts';
import type { DeviceMap, DeviceMapRegister } from '../device-map.ts';
import { Direction, RecordFlag, type RecordHeader } from '../record.ts';
import { FmtType, hasData, Layout, layoutOf, tlpName } from '../tlp/fmt-type.ts';
import type { TlpHeader } from '../tlp/header.ts';
import { type Expression, FilterError, parseFilter, type Term, type TermValue } from './parse.ts';

/** What is known of a packet when it is about to be written. One object is reused for all packets. */
export interface PacketView {
  /** Number of its interface, which is its index in the maps. */
  interfaceId: number;
  record: RecordHeader;
  header: TlpHeader;
  /** Payload: `kept` of `size` bytes, in `data` from `dataAt` on. */
  data: Uint8Array;
  dataAt: number;
  size: number;
  kept: number;
}

/** Whether a TLP is meant. Allocates nothing. */
export type PacketTest = (packet: PacketView) => boolean;

const SPACES: Record<string, number> = { rom: 6, config: 7 };
const DIRECTIONS: Record<string, number> = {
  down: Direction.downstream,
  downstream: Direction.downstream,
  up: Direction.upstream,
  upstream: Direction.upstream,
};

/** A term's numbers, in halves: an integer of 64 bits does not fit a number. */
interface Ranges {
  readonly lowHi: Uint32Array;
  readonly lowLo: Uint32Array;
  readonly highHi: Uint32Array;
  readonly highLo: Uint32Array;
}

type Compile = (term: Term, maps: readonly DeviceMap[]) => PacketTest;

/** By name: what a term can be about. */
const TERMS: Record<string, { help: string; compile: Compile }> = {
  function: { help: 'function number, 0 to 7', compile: numeric(({ record }) => record.function & 7) },
  bar: { help: 'BAR number, rom, or config', compile: spaces },
  register: { help: 'name of a register; * stands for anything; doorbell', compile: registers },
  offset: { help: 'offset in the BAR of the first byte', compile: wide(offsetOf) },
  address: { help: 'bus address of a memory request', compile: wide(addressOf) },
  type: { help: 'MRd, MWr, CfgRd0, CplD, Msg, MSI, ...', compile: types },
  direction: { help: 'down (from the driver) or up (from the device)', compile: directions },
  value: { help: 'payload of up to 8 bytes, a little-endian number', compile: wide(payloadOf) },
  size: { help: 'bytes of the whole access', compile: numeric(({ record }) => record.access) },
  status: { help: 'completion status: SC, UR, CRS, CA', compile: statuses },
  tag: { help: 'tag', compile: numeric(({ header }) => header.tag) },
  vector: {
    help: 'vector of an interrupt message',
    compile: numeric(({ record }) => (record.flags & RecordFlag.interrupt ? record.detail : -1)),
  },
  latency: { help: 'nanoseconds from the request to its completion', compile: numeric(({ record }) => record.latency) },
};

/** A line of help for each name. */
export const FILTER_TERMS: readonly (readonly [string, string])[] = Object.entries(TERMS).map(
  ([name, { help }]) => [name, help] as const,
);

/** Understands a filter for functions with these maps. Throws a FilterError that names what is wrong. */
export function compileFilter(text: string, maps: readonly DeviceMap[]): PacketTest {
  return build(parseFilter(text), maps);
}

function build(expression: Expression, maps: readonly DeviceMap[]): PacketTest {
  if (expression.kind === 'term') return buildTerm(expression, maps);
  if (expression.kind === 'not') {
    const inner = build(expression.of, maps);
    return (packet) => !inner(packet);
  }
  const parts = expression.of.map((part) => build(part, maps));
  return parts.reduce((first, second) =>
    expression.kind === 'and'
      ? (packet) => first(packet) && second(packet)
      : (packet) => first(packet) || second(packet),
  );
}

function buildTerm(term: Term, maps: readonly DeviceMap[]): PacketTest {
  const known = Object.hasOwn(TERMS, term.name) ? TERMS[term.name] : undefined;
  if (known === undefined) throw new FilterError(`${term.name}: not one of ${Object.keys(TERMS).join(', ')}`);
  return known.compile(term, maps);
}

function numeric(read: (packet: PacketView) => number): Compile {
  return wide((packet, into) => {
    const value = read(packet);
    into.hi = 0;
    into.lo = value;
    return value >= 0;
  });
}

/** Registers of the configuration header, which have the same names in all functions; maps have the capabilities. */
const CONFIG_HEADER: readonly DeviceMapRegister[] = configParts(new DataView(new ArrayBuffer(4096))).map(
  ({ offset, width, name }) => ({ space: 7, offset, width, name }),
);

interface Wide {
  hi: number;
  lo: number;
}

/** `read` returns false if the packet has no such number, which makes every comparison false. */
function wide(read: (packet: PacketView, into: Wide) => boolean): Compile {
  const into: Wide = { hi: 0, lo: 0 };
  return (term) => {
    const test = comparisonOf(term);
    return (packet) => read(packet, into) && test(into.hi, into.lo);
  };
}

function comparisonOf(term: Term): (hi: number, lo: number) => boolean {
  const ranges = rangesOf(term);
  const { lowHi, lowLo, highHi, highLo } = ranges;
  const [firstHi, firstLo] = [lowHi[0] as number, lowLo[0] as number];
  switch (term.comparison) {
    case '=':
      return (hi, lo) => within(ranges, hi, lo);
    case '!=':
      return (hi, lo) => !within(ranges, hi, lo);
    case '<':
      return (hi, lo) => less(hi, lo, firstHi, firstLo);
    case '>':
      return (hi, lo) => less(highHi[0] as number, highLo[0] as number, hi, lo);
    case '<=':
      return (hi, lo) => !less(highHi[0] as number, highLo[0] as number, hi, lo);
    case '>=':
      return (hi, lo) => !less(hi, lo, firstHi, firstLo);
    case 'any':
      return (hi, lo) => (hi & firstHi) !== 0 || (lo & firstLo) !== 0;
  }
}

function rangesOf({ name, comparison, values }: Term): Ranges {
  if (values.length > 1 && comparison !== '=' && comparison !== '!=') {
    throw new FilterError(`${name}: several values go with = and != only`);
  }
  const length = values.length;
  const ranges = {
    lowHi: new Uint32Array(length),
    lowLo: new Uint32Array(length),
    highHi: new Uint32Array(length),
    highLo: new Uint32Array(length),
  };
  for (const [index, { text, range }] of values.entries()) {
    if (range === undefined) throw new FilterError(`${name}: ${text} is no number`);
    if (range.high >= 1n << 64n) throw new FilterError(`${name}: ${text} is beyond 64 bits`);
    ranges.lowHi[index] = Number(range.low >> 32n);
    ranges.lowLo[index] = Number(range.low & 0xffff_ffffn);
    ranges.highHi[index] = Number(range.high >> 32n);
    ranges.highLo[index] = Number(range.high & 0xffff_ffffn);
  }
  return ranges;
}

function within({ lowHi, lowLo, highHi, highLo }: Ranges, hi: number, lo: number): boolean {
  for (let i = 0; i < lowHi.length; i++) {
    if (less(hi, lo, lowHi[i] as number, lowLo[i] as number)) continue;
    if (!less(highHi[i] as number, highLo[i] as number, hi, lo)) return true;
  }
  return false;
}

function less(aHi: number, aLo: number, bHi: number, bLo: number): boolean {
  return aHi < bHi || (aHi === bHi && aLo >>> 0 < bLo >>> 0);
}

function offsetOf({ record }: PacketView, into: Wide): boolean {
  into.hi = record.offsetHi;
  into.lo = record.offsetLo;
  return record.space !== 255;
}

function addressOf({ header }: PacketView, into: Wide): boolean {
  into.hi = header.addressHi;
  into.lo = header.addressLo;
  return layoutOf(header.fmtType) === Layout.address;
}

function payloadOf({ header, data, dataAt, size, kept }: PacketView, into: Wide): boolean {
  if (!hasData(header.fmtType) || size === 0 || size > 8 || kept < size) return false;
  into.hi = 0;
  into.lo = 0;
  for (let i = size - 1; i >= 0; i--) {
    if (i >= 4) into.hi = ((into.hi << 8) | (data[dataAt + i] as number)) >>> 0;
    else into.lo = ((into.lo << 8) | (data[dataAt + i] as number)) >>> 0;
  }
  return true;
}

function spaces(term: Term): PacketTest {
  const wanted = new Uint8Array(256);
  for (const { text, range } of term.values) {
    const named = SPACES[text.toLowerCase()];
    if (named !== undefined) wanted[named] = 1;
    else if (range === undefined || range.high > 6n) throw new FilterError(`bar: ${text} is not 0 to 5, rom or config`);
    else for (let bar = Number(range.low); bar <= Number(range.high); bar++) wanted[bar] = 1;
  }
  return equality(term, ({ record }) => wanted[record.space] === 1);
}

function types(term: Term): PacketTest {
  const wanted = new Uint8Array(256);
  let interrupts = false;
  for (const { text } of term.values) {
    const name = text.toLowerCase();
    let found = name === 'msi';
    interrupts ||= found;
    for (let fmtType = 0; fmtType < 256; fmtType++) {
      const known = tlpName(fmtType)?.toLowerCase();
      // `CfgRd` is CfgRd0 and CfgRd1.
      if (known === undefined || (known !== name && known.replace(/[01]$/, '') !== name)) continue;
      wanted[fmtType] = 1;
      found = true;
    }
    if (!found) throw new FilterError(`type: ${text} is not one of ${[...Object.keys(FmtType), 'MSI'].join(', ')}`);
  }
  return equality(
    term,
    ({ header, record }) => wanted[header.fmtType] === 1 || (interrupts && (record.flags & RecordFlag.interrupt) !== 0),
  );
}

function directions(term: Term): PacketTest {
  const wanted = new Uint8Array(4);
  for (const { text } of term.values) {
    const direction = DIRECTIONS[text.toLowerCase()];
    if (direction === undefined) throw new FilterError(`direction: ${text} is neither down nor up`);
    wanted[direction] = 1;
  }
  return equality(term, ({ record }) => wanted[record.direction] === 1);
}

function statuses(term: Term): PacketTest {
  const names: Record<string, number> = { sc: 0, ur: 1, crs: 2, ca: 4 };
  const wanted = new Uint8Array(8);
  for (const { text } of term.values) {
    const status = names[text.toLowerCase()];
    if (status === undefined) throw new FilterError(`status: ${text} is not SC, UR, CRS or CA`);
    wanted[status] = 1;
  }
  const isCompletion: PacketTest = ({ header }) => layoutOf(header.fmtType) === Layout.completion;
  const test = equality(term, ({ header }) => wanted[header.status] === 1);
  return (packet) => isCompletion(packet) && test(packet);
}

/** Accesses that touch a byte of the registers. */
function registers(term: Term, maps: readonly DeviceMap[]): PacketTest {
  const patterns = term.values.map(patternOf);
  const found = new Set<TermValue>();
  const places: number[][] = maps.map(({ registers: known }) =>
    [...known, ...CONFIG_HEADER].flatMap((register) =>
      instancesOf(register).flatMap(({ name, offset }) => {
        const isMeant = ({ value, pattern }: (typeof patterns)[number]) =>
          pattern.test(name) || value.text === register.role;
        const matching = patterns.filter(isMeant);
        for (const { value } of matching) found.add(value);
        return matching.length > 0 ? [register.space, offset, offset + register.width] : [];
      }),
    ),
  );
  const missing = term.values.find((value) => !found.has(value));
  if (missing !== undefined) throw new FilterError(`register: ${missing.text} is no register of ${namesOf(maps)}`);
  return equality(term, ({ interfaceId, record, size }) => {
    const of = places[interfaceId] as number[];
    const { space, offsetHi, offsetLo } = record;
    if (offsetHi !== 0 || space === 255) return false;
    const end = offsetLo + Math.max(1, size > 0 ? size : record.access);
    for (let i = 0; i < of.length; i += 3) {
      if (of[i] === space && offsetLo < (of[i + 2] as number) && end > (of[i + 1] as number)) return true;
    }
    return false;
  });
}

function patternOf(value: TermValue): { value: TermValue; pattern: RegExp } {
  const escaped = value.text.replace(/[.*+?^${}()|[\]\\]/g, (letter) => (letter === '*' ? '.*' : `\\${letter}`));
  return { value, pattern: new RegExp(`^${escaped}$`, 'i') };
}

function instancesOf({ name, offset, width, count = 1, stride = width }: DeviceMapRegister) {
  return Array.from({ length: count }, (_, index) => ({
    name: name.replaceAll('{n}', String(index)),
    offset: offset + index * stride,
  }));
}

function namesOf(maps: readonly DeviceMap[]): string {
  const names = maps.flatMap(({ registers: known }) => known.map(({ name }) => name));
  const shown = names.slice(0, 8).join(', ');
  return names.length === 0 ? 'the device, which names none' : `the device: ${shown}${names.length > 8 ? ', ...' : ''}`;
}

function equality({ name, comparison }: Term, test: PacketTest): PacketTest {
  if (comparison === '=') return test;
  if (comparison === '!=') return (packet) => !test(packet);
  throw new FilterError(`${name}: only = and != make sense`);
}
