/** Register spaces of a function: BAR n is space n. */
export const SPACE_ROM = 6;
export const SPACE_CONFIG = 7;

export const CONFIG_BYTES = 4096;
/** The standard registers at the start of configuration space. */
export const CONFIG_HEADER_BYTES = 0x40;
export const BAR_MIN_BYTES = 4096;
export const BAR_MAX_BYTES = 16 * 1024 * 1024;
export const RAM_BAR_MAX_BYTES = 1024 * 1024 * 1024;
/** In I/O space (PCIe 6.0 7.5.1.2.1). */
export const IO_BAR_MIN_BYTES = 4;
export const IO_BAR_MAX_BYTES = 256;

/** Flags of a byte; they count for every access that touches it. Reads are answered by the device. */
export const BYTE_FORWARD = 1;
/** Writes are told to the device. */
export const BYTE_NOTIFY = 2;
/** Reads from the image wait until the device has handled all earlier writes. */
export const BYTE_ORDERED = 4;
/** A read sets the bits of `rcMask` instead of clearing them. */
export const BYTE_READ_SETS = 8;

/**
 * The memory of one register space, as a host lays it out. The masks say what the driver's accesses do to the image;
 * the device's own stores take no notice of them. All are as long as the space; `image` is 8-byte aligned.
 */
export interface SpaceMemory {
  readonly image: Uint8Array;
  /** 1: the driver's write is stored. */
  readonly writeMask: Uint8Array;
  /** 1: writing 1 clears the bit. */
  readonly w1cMask: Uint8Array;
  /** 1: cleared after a read; or set, with BYTE_READ_SETS. */
  readonly rcMask: Uint8Array;
  /** BYTE_* of each byte of the space. */
  readonly flags: Uint8Array;
}

/** Space memory on the heap, for hosts and tests in process. */
export function heapSpace(size: number): SpaceMemory {
  return {
    image: new Uint8Array(size),
    writeMask: new Uint8Array(size),
    w1cMask: new Uint8Array(size),
    rcMask: new Uint8Array(size),
    flags: new Uint8Array(size),
  };
}
