import { ByteReader, ByteWriter } from './bytes.ts';

/** One BAR of a function. */
export interface DeviceMapBar {
  /** 0 to 5, or 6 for the expansion ROM: the number of its register space. */
  index: number;
  /** Bytes. */
  size: number;
  /** `trapped`: every access is captured; `ram`: plain memory, not captured; `io`: I/O space, captured. */
  kind: 'trapped' | 'ram' | 'io';
  bits: 32 | 64;
  prefetchable: boolean;
  /** Bus address, when it is already known as the capture starts. */
  address?: bigint;
}

/** A bit field of a register; bit 0 is the least significant. */
export interface DeviceMapField {
  name: string;
  lsb: number;
  msb: number;
}

/** A named register, or an array of equal registers. */
export interface DeviceMapRegister {
  /** Register space: 0 to 5 a BAR, 6 the ROM, 7 configuration space. */
  space: number;
  /** Bytes from the start of the register space; of the first one of an array. */
  offset: number;
  /** Bytes of one register: 1, 2, 4 or 8. */
  width: number;
  /** `{n}` in the name of an array stands for the index, as in `SQ{n} tail doorbell`. */
  name: string;
  /** Registers in the array; 1 when left out. */
  count?: number;
  /** Bytes from one register of the array to the next; `width` when left out. */
  stride?: number;
  role?: 'doorbell';
  fields?: DeviceMapField[];
}

/** MSI-X structures (PCIe 6.0 7.7.2); offsets in bytes from the start of the BAR. */
export interface DeviceMapMsix {
  bar: number;
  table: number;
  pba: number;
  vectors: number;
}

/** What a capture says about one function, so that a file decodes without its enumeration. */
export interface DeviceMap {
  /** Name of the device, such as `nvme`. */
  name: string;
  domain: number;
  bus: number;
  device: number;
  function: number;
  vendor: number;
  deviceId: number;
  subsystemVendor: number;
  subsystem: number;
  /** 24 bits: base class, subclass, programming interface. */
  class: number;
  revision: number;
  bars: DeviceMapBar[];
  registers: DeviceMapRegister[];
  msix?: DeviceMapMsix;
}

/** The part of a device map that a record body holds; the rest is in the pseudo-header. */
export type DeviceMapBody = Omit<DeviceMap, 'domain' | 'bus' | 'device' | 'function'>;

const ITEM_IDENTITY = 1;
const ITEM_BAR = 2;
const ITEM_MSIX = 3;
const ITEM_REGISTER = 4;

const BAR_64BIT = 1;
const BAR_PREFETCHABLE = 2;
const ROLES = ['', 'doorbell'] as const;

/** A record stays below this, because readers such as libpcap limit the length of a packet. */
const MAX_RECORD_BYTES = 60_000;

/**
 * Encodes a device map as the bodies of one or more device map records
 * (docs/capture-format.md, "Device map"). Throws a RangeError that names the item if a value does not fit.
 */
export function encodeDeviceMap(map: DeviceMap): Uint8Array[] {
  const items = [encodeIdentity(map), ...map.bars.map(encodeBar)];
  if (map.msix) items.push(encodeMsix(map.msix));
  items.push(...map.registers.map(encodeRegister));

  const records: Uint8Array[] = [];
  let record = new ByteWriter();
  for (const item of items) {
    if (record.length + item.length > MAX_RECORD_BYTES) {
      records.push(record.bytes());
      record = new ByteWriter();
    }
    record.raw(item);
  }
  records.push(record.bytes());
  return records;
}

/** Decodes the concatenated bodies of a function's device map records; skips items of unknown kinds. */
export function decodeDeviceMap(bodies: readonly Uint8Array[]): DeviceMapBody {
  const map: DeviceMapBody = {
    name: '',
    vendor: 0,
    deviceId: 0,
    subsystemVendor: 0,
    subsystem: 0,
    class: 0,
    revision: 0,
    bars: [],
    registers: [],
  };
  for (const body of bodies) {
    const reader = new ByteReader(body);
    while (reader.left >= 4) {
      const kind = reader.u16();
      const item = new ByteReader(reader.raw(reader.u16()));
      if (kind === ITEM_IDENTITY) decodeIdentity(item, map);
      else if (kind === ITEM_BAR) map.bars.push(decodeBar(item));
      else if (kind === ITEM_MSIX) map.msix = decodeMsix(item);
      else if (kind === ITEM_REGISTER) map.registers.push(decodeRegister(item));
    }
  }
  return map;
}

function encodeItem(kind: number, what: string, fill: (writer: ByteWriter) => void): Uint8Array {
  const body = new ByteWriter(what);
  fill(body);
  if (body.length > 0xffff) throw new RangeError(`${what}: its description takes ${body.length} bytes, at most 65535`);
  const item = new ByteWriter();
  item.u16(kind, 'kind');
  item.u16(body.length, 'length');
  item.raw(body.bytes());
  return item.bytes();
}

function encodeIdentity(map: DeviceMap): Uint8Array {
  return encodeItem(ITEM_IDENTITY, `device map of ${map.name}`, (writer) => {
    writer.u16(map.vendor, 'vendor');
    writer.u16(map.deviceId, 'deviceId');
    writer.u16(map.subsystemVendor, 'subsystemVendor');
    writer.u16(map.subsystem, 'subsystem');
    writer.u24(map.class, 'class');
    writer.u8(map.revision, 'revision');
    writer.text(map.name, 'name');
  });
}

function decodeIdentity(reader: ByteReader, map: DeviceMapBody): void {
  map.vendor = reader.u16();
  map.deviceId = reader.u16();
  map.subsystemVendor = reader.u16();
  map.subsystem = reader.u16();
  map.class = reader.u24();
  map.revision = reader.u8();
  map.name = reader.text();
}

/** By their number in the item; 0 is none. */
const BAR_KINDS: readonly (DeviceMapBar['kind'] | undefined)[] = [undefined, 'trapped', 'ram', 'io'];

function encodeBar(bar: DeviceMapBar): Uint8Array {
  return encodeItem(ITEM_BAR, `BAR ${bar.index}`, (writer) => {
    writer.u8(bar.index, 'index');
    writer.u8(BAR_KINDS.indexOf(bar.kind), 'kind');
    writer.u8((bar.bits === 64 ? BAR_64BIT : 0) | (bar.prefetchable ? BAR_PREFETCHABLE : 0), 'flags');
    writer.u8(0, 'reserved');
    writer.u64(BigInt(bar.size), 'size');
    writer.u64(bar.address ?? 0n, 'address');
  });
}

function decodeBar(reader: ByteReader): DeviceMapBar {
  const index = reader.u8();
  const kind = BAR_KINDS[reader.u8()] ?? 'trapped';
  const flags = reader.u8();
  reader.u8();
  const size = Number(reader.u64());
  const address = reader.u64();
  const bar: DeviceMapBar = {
    index,
    size,
    kind,
    bits: flags & BAR_64BIT ? 64 : 32,
    prefetchable: (flags & BAR_PREFETCHABLE) !== 0,
  };
  if (address !== 0n) bar.address = address;
  return bar;
}

function encodeMsix(msix: DeviceMapMsix): Uint8Array {
  return encodeItem(ITEM_MSIX, 'msix', (writer) => {
    writer.u8(msix.bar, 'bar');
    writer.u8(0, 'reserved');
    writer.u16(msix.vectors, 'vectors');
    writer.u32(msix.table, 'table');
    writer.u32(msix.pba, 'pba');
  });
}

function decodeMsix(reader: ByteReader): DeviceMapMsix {
  const bar = reader.u8();
  reader.u8();
  const vectors = reader.u16();
  return { bar, table: reader.u32(), pba: reader.u32(), vectors };
}

function encodeRegister(register: DeviceMapRegister): Uint8Array {
  const what = `register ${register.name}`;
  if (![1, 2, 4, 8].includes(register.width)) {
    throw new RangeError(`${what}: width ${register.width} must be 1, 2, 4 or 8 bytes`);
  }
  const fields = register.fields ?? [];
  return encodeItem(ITEM_REGISTER, what, (writer) => {
    writer.u8(register.space, 'space');
    writer.u8(register.width, 'width');
    writer.u8(register.role ? ROLES.indexOf(register.role) : 0, 'role');
    writer.u8(fields.length, 'number of fields');
    writer.u32(register.offset, 'offset');
    writer.u32(register.count ?? 1, 'count');
    writer.u32(register.stride ?? register.width, 'stride');
    writer.text(register.name, 'name');
    for (const field of fields) {
      writer.u8(field.lsb, `${field.name}.lsb`);
      writer.u8(field.msb, `${field.name}.msb`);
      writer.text(field.name, 'field name');
    }
  });
}

function decodeRegister(reader: ByteReader): DeviceMapRegister {
  const space = reader.u8();
  const width = reader.u8();
  const role = ROLES[reader.u8()];
  const fieldCount = reader.u8();
  const register: DeviceMapRegister = { space, offset: reader.u32(), width, name: '' };
  const count = reader.u32();
  const stride = reader.u32();
  register.name = reader.text();
  if (count !== 1) register.count = count;
  if (stride !== width) register.stride = stride;
  if (role) register.role = role;
  if (fieldCount > 0) {
    register.fields = Array.from({ length: fieldCount }, () => {
      const lsb = reader.u8();
      const msb = reader.u8();
      return { name: reader.text(), lsb, msb };
    });
  }
  return register;
}
