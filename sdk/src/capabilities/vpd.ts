import { DeviceDefinitionError } from '../errors.ts';
import { CapabilityBuilder, type CapabilitySpec } from './capability.ts';

const VPD_ID = 0x03;
const ADDRESS = 0x02;
const DATA = 0x04;
const FLAG = 0x8000;
/** The address has 15 bits, of dwords. */
const MAX_BYTES = 0x8000;

/** Tags of resources (PCIe 6.0 6.27): large ones with a 16-bit length, and the end. */
const IDENTIFIER = 0x82;
const READ_ONLY = 0x90;
const READ_WRITE = 0x91;
const END = 0x78;

export interface VpdOptions {
  /** What the product calls itself. */
  readonly identifier: string;
  /** Read-only fields by their keyword of two letters, such as `PN` (part number) or `SN` (serial number). */
  readonly fields?: Readonly<Record<string, string>>;
  /** Bytes that software may write, as the field `RW`; none when left out. */
  readonly writable?: number;
}

/**
 * Vital Product Data (PCIe 6.0 7.9.18): what Linux shows as the file `vpd` in sysfs and `lspci -vv` as product name, part
 * number and so on. Bytes are all of it as they are, none of which software may write.
 */
export function vpd(contents: VpdOptions | Uint8Array): CapabilitySpec {
  const { bytes, writableFrom, writableTo } =
    contents instanceof Uint8Array ? { bytes: contents, writableFrom: 0, writableTo: 0 } : encode(contents);
  if (bytes.length === 0 || bytes.length > MAX_BYTES) {
    throw new DeviceDefinitionError(`vpd: ${bytes.length} bytes; give 1 to ${MAX_BYTES}`);
  }
  const capability = new CapabilityBuilder('vpd', VPD_ID, 8).reg16(ADDRESS, 0, 0xffff).reg32(DATA, 0, 0xffff_ffff);
  return capability.build({
    onWrite: {
      offset: ADDRESS,
      bytes: 2,
      start() {
        const storage = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
        storage.set(bytes);
        const isWritable = (at: number) => at >= writableFrom && at < writableTo;
        return (registers, value) => transfer(registers, value, storage, isWritable);
      },
    },
  });
}

/** Software has written address and flag: 1 asks for a write, 0 for a read, and the flag is turned when that is done. */
function transfer(registers: DataView, value: number, storage: Uint8Array, isWritable: (at: number) => boolean): void {
  const address = value & ~FLAG & ~3;
  for (let i = 0; i < 4; i++) {
    const at = address + i;
    if ((value & FLAG) === 0) registers.setUint8(DATA + i, storage[at] ?? 0xff);
    else if (isWritable(at)) storage[at] = registers.getUint8(DATA + i);
  }
  registers.setUint16(ADDRESS, value ^ FLAG, true);
}

function encode({ identifier, fields = {}, writable = 0 }: VpdOptions) {
  const name = text('identifier', identifier);
  const readOnly = Object.entries(fields).flatMap(([keyword, value]) => field(keyword, text(keyword, value)));
  const start = [...large(IDENTIFIER, name), READ_ONLY, ...length16(readOnly.length + 4), ...readOnly];
  // RV: a byte that makes the sum of everything up to itself 0.
  const withChecksum = [...start, 0x52, 0x56, 1];
  withChecksum.push(-withChecksum.reduce((sum, byte) => sum + byte, 0) & 0xff);
  if (!Number.isInteger(writable) || writable < 0 || writable > 255) {
    throw new DeviceDefinitionError(`vpd: writable ${writable} must be 0 to 255 bytes`);
  }
  const own = writable === 0 ? [] : large(READ_WRITE, field('RW', new Array<number>(writable).fill(0)));
  const bytes = Uint8Array.from([...withChecksum, ...own, END]);
  return { bytes, writableFrom: bytes.length - 1 - writable, writableTo: bytes.length - 1 };
}

function field(keyword: string, data: readonly number[]): number[] {
  if (!/^[A-Z0-9]{2}$/.test(keyword)) {
    throw new DeviceDefinitionError(`vpd: keyword '${keyword}' must be two capital letters or digits, such as SN`);
  }
  return [keyword.charCodeAt(0), keyword.charCodeAt(1), data.length, ...data];
}

function text(what: string, value: string): number[] {
  if (/^[\x20-\x7e]{0,255}$/.test(value)) return [...Buffer.from(value)];
  throw new DeviceDefinitionError(`vpd: ${what} must be at most 255 ASCII characters`);
}

function large(tag: number, data: readonly number[]): number[] {
  return [tag, ...length16(data.length), ...data];
}

function length16(length: number): [number, number] {
  return [length & 0xff, length >>> 8];
}
