/** Offsets in the BARs of bench/devices/bench.ts. */
export const benchRegisters = {
  plain: 0x10,
  forwarded: 0x20,
  /** A write to it is told to the device, which does nothing. */
  posted: 0x28,
  /** A write to it is answered by an interrupt. */
  door: 0x30,
  /** Bus address of the memory for DMA. */
  dmaAddress: 0x40,
  /** A write of the number of a case starts its measurement; the result is a line of the log. */
  dmaRun: 0x48,
  /** The MSI-X table, and its pending bits. */
  vectors: 0x800,
  pending: 0x900,
  /** 4 KiB of plain memory. */
  copied: 0x1000,
} as const;

/** Offsets in BAR 0 of QEMU's edu device. */
export const eduRegisters = {
  /** Gives back the complement of what was written. */
  liveness: 0x04,
  /** A write to it raises an interrupt. */
  raise: 0x60,
  /** From here on nothing has an effect when it is read. */
  nothing: 0x1000,
} as const;
