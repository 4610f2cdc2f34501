import { CplStatus, type Frame, hasData, Layout, layoutOf, RecordFlag, spaceName } from '@pciem/capture';

const NO_SPACE = 255;
const VALUE_BYTES = 8;
const STATUS_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(CplStatus).map(([name, number]) => [number, name]),
);

/** Type of a column: `u64` and `time` are BigInt values, time in nanoseconds since 1970. */
export type ColumnType = 'text' | 'i32' | 'u64' | 'bool' | 'time';

/** What a column holds; undefined where the TLP has no such thing. */
export type ColumnValue = string | number | bigint | boolean | undefined;

/** A column of an export: docs/export.md. */
export interface ExportColumn {
  name: string;
  type: ColumnType;
  /** It has a value in every row. */
  required?: true;
  value(frame: Frame): ColumnValue;
}

/** The columns of one row a TLP. Their order and names are an interface: new ones are added at the end. */
export const COLUMNS: readonly ExportColumn[] = [
  { name: 'frame', type: 'u64', required: true, value: ({ number }) => BigInt(number) },
  { name: 'time', type: 'time', required: true, value: ({ record }) => wide(record.timeHi, record.timeLo) },
  { name: 'function', type: 'text', required: true, value: ({ fn }) => fn.address },
  { name: 'device', type: 'text', required: true, value: ({ fn }) => fn.name },
  { name: 'sender', type: 'text', required: true, value: ({ from }) => from },
  { name: 'type', type: 'text', required: true, value: ({ name }) => name },
  { name: 'requester', type: 'i32', value: ({ header }) => header.requester },
  { name: 'completer', type: 'i32', value: (frame) => (isCompletion(frame) ? frame.header.completer : undefined) },
  { name: 'tag', type: 'i32', value: ({ header }) => header.tag },
  { name: 'tc', type: 'i32', required: true, value: ({ header }) => header.tc },
  { name: 'attr', type: 'i32', required: true, value: ({ header }) => header.attr },
  { name: 'poisoned', type: 'bool', required: true, value: ({ header }) => header.ep === 1 },
  { name: 'address', type: 'u64', value: addressOf },
  { name: 'dwords', type: 'i32', required: true, value: ({ header }) => header.length },
  { name: 'bytes', type: 'i32', required: true, value: ({ dataBytes }) => dataBytes },
  { name: 'first_be', type: 'i32', value: (frame) => (hasEnables(frame) ? frame.header.firstBe : undefined) },
  { name: 'last_be', type: 'i32', value: (frame) => (hasEnables(frame) ? frame.header.lastBe : undefined) },
  { name: 'status', type: 'text', value: statusOf },
  { name: 'space', type: 'text', value: ({ record }) => (inSpace(record.space) ? spaceName(record.space) : undefined) },
  {
    name: 'offset',
    type: 'u64',
    value: ({ record }) => (inSpace(record.space) ? wide(record.offsetHi, record.offsetLo) : undefined),
  },
  { name: 'register', type: 'text', value: registerOf },
  { name: 'value', type: 'u64', value: smallData },
  { name: 'vector', type: 'i32', value: ({ record }) => (isInterrupt(record) ? record.detail : undefined) },
  { name: 'coherent', type: 'bool', value: coherentOf },
  { name: 'forwarded', type: 'bool', required: true, value: ({ record }) => flag(record, RecordFlag.forwarded) },
  { name: 'request_frame', type: 'u64', value: requestOf },
  {
    name: 'latency_ns',
    type: 'u64',
    value: (frame) => (isCompletion(frame) ? BigInt(frame.record.latency) : undefined),
  },
  { name: 'event', type: 'u64', required: true, value: ({ record }) => wide(record.seqHi, record.seqLo) },
  // Once more as a number: some tools cut the nanoseconds of times off.
  { name: 'time_ns', type: 'u64', required: true, value: ({ record }) => wide(record.timeHi, record.timeLo) },
];

function wide(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function flag({ flags }: Frame['record'], bit: number): boolean {
  return (flags & bit) !== 0;
}

function isInterrupt(record: Frame['record']): boolean {
  return flag(record, RecordFlag.interrupt);
}

function isCompletion({ header }: Frame): boolean {
  return layoutOf(header.fmtType) === Layout.completion;
}

function hasEnables({ header }: Frame): boolean {
  const layout = layoutOf(header.fmtType);
  return layout === Layout.address || layout === Layout.config;
}

function inSpace(space: number): boolean {
  return space < NO_SPACE;
}

/** Requests have their own address, to the byte; completions that of the data they bring. */
function addressOf(frame: Frame): bigint | undefined {
  const { header } = frame;
  if (layoutOf(header.fmtType) === Layout.address) {
    // The low two bits are in the byte enables, as in `Frame.address`, which above 2^53 is not exact.
    return wide(header.addressHi, ((header.addressLo & ~3) | (frame.address & 3)) >>> 0);
  }
  return frame.address >= 0 ? BigInt(frame.address) : undefined;
}

function statusOf(frame: Frame): string | undefined {
  if (!isCompletion(frame)) return undefined;
  return STATUS_NAMES[frame.header.status] ?? String(frame.header.status);
}

/** The register that the first byte is in. */
function registerOf({ record, fn }: Frame): string | undefined {
  if (!inSpace(record.space)) return undefined;
  const offset = record.offsetHi * 0x1_0000_0000 + record.offsetLo;
  const registers = fn.registers.inDword(record.space, offset);
  return registers.find((each) => each.offset <= offset && offset < each.offset + each.width)?.name;
}

/** Data of up to 8 bytes as a little-endian number; undefined when there is none, more, or not all of it. */
function smallData({ header, bytes, dataAt, dataBytes, dataKept }: Frame): bigint | undefined {
  if (!hasData(header.fmtType) || dataBytes === 0 || dataBytes > VALUE_BYTES || dataKept < dataBytes) return undefined;
  let low = 0;
  let high = 0;
  for (let i = Math.min(dataBytes, 4) - 1; i >= 0; i--) low = ((low << 8) | (bytes[dataAt + i] as number)) >>> 0;
  for (let i = dataBytes - 1; i >= 4; i--) high = ((high << 8) | (bytes[dataAt + i] as number)) >>> 0;
  return wide(high, low);
}

/** Kind of memory that DMA hits. */
function coherentOf({ from, record, transaction }: Frame): boolean | undefined {
  const isDma = transaction ? transaction.from === 'device' : from === 'device' && !inSpace(record.space);
  return isDma && !isInterrupt(record) ? flag(record, RecordFlag.coherent) : undefined;
}

function requestOf({ transaction }: Frame): bigint | undefined {
  return transaction ? BigInt(transaction.requestFrame) : undefined;
}
