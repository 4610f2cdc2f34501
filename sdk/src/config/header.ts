import type { BarSpec } from '../bars.ts';
import type { Identity } from '../device.ts';

/** The bytes of a space that the definition decides: what it holds after reset, and what the driver may change. */
export interface SpaceImage {
  readonly image: DataView;
  readonly writeMask: DataView;
  readonly w1cMask: DataView;
  readonly rcMask: DataView;
}

export function emptySpaceImage(size: number): SpaceImage {
  return {
    image: new DataView(new ArrayBuffer(size)),
    writeMask: new DataView(new ArrayBuffer(size)),
    w1cMask: new DataView(new ArrayBuffer(size)),
    rcMask: new DataView(new ArrayBuffer(size)),
  };
}

const VENDOR_ID = 0x00;
const DEVICE_ID = 0x02;
const COMMAND = 0x04;
/** Memory space, bus master, parity error response, SERR#, interrupt disable (PCIe 6.0 7.5.1.1.3). */
const COMMAND_MASK = 0x0546;
const COMMAND_IO_SPACE = 0x0001;
const STATUS = 0x06;
/** Master data parity error, target and master aborts, system and parity error (7.5.1.1.4). */
const STATUS_ERRORS = 0xf900;
const REVISION_ID = 0x08;
const CLASS_CODE = 0x09;
const CACHE_LINE_SIZE = 0x0c;
const BAR_0 = 0x10;
const BAR_IO = 0x1;
const BAR_TYPE_64BIT = 0x4;
const BAR_PREFETCHABLE = 0x8;
const SUBSYSTEM_VENDOR_ID = 0x2c;
const SUBSYSTEM_ID = 0x2e;
const EXPANSION_ROM = 0x30;
const EXPANSION_ROM_ENABLE = 0x1;
const INTERRUPT_LINE = 0x3c;
const INTERRUPT_PIN = 0x3d;

export interface HeaderOptions {
  readonly identity: Identity;
  readonly bars: readonly BarSpec[];
  /** Interrupt pin: 1 for INTA to 4, 0 for none. */
  readonly pin: number;
  /** Bytes of the expansion ROM; 0 for none. */
  readonly romSize: number;
}

/** Type 0 configuration space header (PCIe 6.0 7.5.1.2). */
export function writeHeader(space: SpaceImage, { identity, bars, pin, romSize }: HeaderOptions): void {
  const { image, writeMask, w1cMask } = space;
  const ioSpace = bars.some(({ kind }) => kind === 'io') ? COMMAND_IO_SPACE : 0;
  image.setUint16(VENDOR_ID, identity.vendor, true);
  image.setUint16(DEVICE_ID, identity.device, true);
  writeMask.setUint16(COMMAND, COMMAND_MASK | ioSpace, true);
  w1cMask.setUint16(STATUS, STATUS_ERRORS, true);
  image.setUint8(REVISION_ID, identity.revision ?? 0);
  image.setUint8(CLASS_CODE, identity.class & 0xff);
  image.setUint16(CLASS_CODE + 1, identity.class >>> 8, true);
  writeMask.setUint8(CACHE_LINE_SIZE, 0xff);
  for (const bar of bars) writeBar(space, bar);
  image.setUint16(SUBSYSTEM_VENDOR_ID, identity.subsystemVendor ?? identity.vendor, true);
  image.setUint16(SUBSYSTEM_ID, identity.subsystem ?? identity.device, true);
  if (romSize > 0) writeMask.setUint32(EXPANSION_ROM, -romSize | EXPANSION_ROM_ENABLE, true);
  writeMask.setUint8(INTERRUPT_LINE, 0xff);
  image.setUint8(INTERRUPT_PIN, pin);
}

/** The address bits above the size are writable: that is how software sizes a BAR (7.5.1.2.1). */
function writeBar({ image, writeMask }: SpaceImage, bar: BarSpec): void {
  const offset = BAR_0 + 4 * bar.index;
  const memory = (bar.bits === 64 ? BAR_TYPE_64BIT : 0) | (bar.prefetchable ? BAR_PREFETCHABLE : 0);
  const type = bar.kind === 'io' ? BAR_IO : memory;
  image.setUint32(offset, type, true);
  writeMask.setUint32(offset, -bar.size, true);
  if (bar.bits === 64) writeMask.setUint32(offset + 4, 0xffffffff, true);
}
