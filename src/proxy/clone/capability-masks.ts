/** Configuration space of a twin; 4096 bytes each. */
export interface ConfigBytes {
  readonly image: Uint8Array;
  readonly writeMask: Uint8Array;
  readonly w1cMask: Uint8Array;
}

export interface MsixPlace {
  vectors: number;
  bar: number;
  table: number;
  pba: number;
}

const STATUS = 0x06;
const STATUS_CAPABILITIES_LIST = 0x10;
const CAPABILITIES_POINTER = 0x34;
const EXTENDED = 0x100;
const PM = 0x01;
const MSI = 0x05;
const PCIE = 0x10;
const MSIX = 0x11;
const AER = 0x0001;
const LTR = 0x0018;
/** Bytes of a capability, without ID and next pointer known to the specification. */
const BYTES: Readonly<Record<number, number>> = { [PM]: 8, [PCIE]: 0x3c, [MSIX]: 12, 3: 8, 13: 8, 19: 6 };

/**
 * Says for each capability what the driver may change, and puts enables back to off. Everything else in a capability is
 * read-only. Returns where MSI-X is, if it is.
 */
export function capabilityMasks(config: ConfigBytes): MsixPlace | undefined {
  const { image, writeMask } = config;
  let msix: MsixPlace | undefined;
  let at = (image[STATUS] as number) & STATUS_CAPABILITIES_LIST ? (image[CAPABILITIES_POINTER] as number) & ~3 : 0;
  for (let limit = 48; at >= 0x40 && limit > 0; limit--) {
    const id = image[at] as number;
    const control = u16(image, at + 2);
    const bytes = id === MSI ? msiBytes(control) : id === 0x09 ? Math.max(4, control & 0xff) : (BYTES[id] ?? 4);
    writeMask.fill(0, at, at + bytes);
    if (id === PM) pm(config, at);
    else if (id === MSI) msi(config, at, control);
    else if (id === PCIE) pcie(config, at);
    else if (id === MSIX) msix = msixOf(config, at, control);
    at = (image[at + 1] as number) & ~3;
  }
  extended(config);
  return msix;
}

/** PCI Power Management (PCIe 6.0 7.5.2). */
function pm({ writeMask, w1cMask }: ConfigBytes, at: number): void {
  set16(writeMask, at + 4, 0x0103);
  set16(w1cMask, at + 4, 0x8000);
}

function msiBytes(control: number): number {
  return 10 + (control & 0x80 ? 4 : 0) + (control & 0x100 ? 10 : 0);
}

/** MSI (7.7.1). */
function msi({ image, writeMask }: ConfigBytes, at: number, control: number): void {
  const bytes = msiBytes(control);
  set16(image, at + 2, control & ~0x71);
  image.fill(0, at + 4, at + bytes);
  set16(writeMask, at + 2, 0x71);
  writeMask.fill(0xff, at + 4, at + bytes - (control & 0x100 ? 4 : 0));
  writeMask[at + 4] = 0xfc;
}

/** PCI Express (7.5.3). */
function pcie({ image, writeMask, w1cMask }: ConfigBytes, at: number): void {
  set16(writeMask, at + 8, 0x7fff);
  set16(w1cMask, at + 0x0a, 0x000f);
  set16(writeMask, at + 0x10, 0x00cb);
  if ((u16(image, at + 2) & 0xf) < 2) {
    // Version 1 ends here: what follows is the device's own.
    writeMask.fill(0xff, at + 0x24, at + 0x3c);
    return;
  }
  set16(writeMask, at + 0x28, 0x7fff);
  set16(writeMask, at + 0x30, 0x000f);
}

/** MSI-X (7.7.2). */
function msixOf({ image, writeMask }: ConfigBytes, at: number, control: number): MsixPlace | undefined {
  set16(image, at + 2, control & 0x07ff);
  set16(writeMask, at + 2, 0xc000);
  const table = u32(image, at + 4);
  const pba = u32(image, at + 8);
  // The SDK keeps both in one BAR.
  if ((table & 7) !== (pba & 7)) return undefined;
  return { vectors: (control & 0x7ff) + 1, bar: table & 7, table: (table & ~7) >>> 0, pba: (pba & ~7) >>> 0 };
}

/** Extended capabilities (7.6.3). */
function extended({ image, writeMask, w1cMask }: ConfigBytes): void {
  let at = EXTENDED;
  for (let limit = 100; at >= EXTENDED && limit > 0; limit--) {
    const header = u32(image, at);
    const id = header & 0xffff;
    if (header === 0 || header === 0xffff_ffff) return;
    if (id === AER) {
      w1cMask.fill(0xff, at + 4, at + 8);
      writeMask.fill(0xff, at + 8, at + 0x10);
      w1cMask.fill(0xff, at + 0x10, at + 0x14);
      writeMask.fill(0xff, at + 0x14, at + 0x18);
    } else if (id === LTR) {
      writeMask.fill(0xff, at + 4, at + 8);
    }
    at = (header >>> 20) & ~3;
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

function set16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 0xff;
  bytes[at + 1] = value >> 8;
}
