import { MAX_QUEUE_ENTRIES, MPS_MAX, READY_TIMEOUT } from './limits.ts';

/** Controller registers, offsets in BAR 0 (NVMe 1.4 §3.1). */
export const Register = {
  CAP: 0x00,
  VS: 0x08,
  INTMS: 0x0c,
  INTMC: 0x10,
  CC: 0x14,
  CSTS: 0x1c,
  AQA: 0x24,
  ASQ: 0x28,
  ACQ: 0x30,
} as const;

/** Contiguous Queues Required. */
const CQR = 1 << 16;
/** Command Sets Supported: NVM, bit 37 of CAP. */
const CSS_NVM = 1 << (37 - 32);

/** Controller Capabilities, low and high half (§3.1.1). AMS, DSTRD, NSSRS, BPS, MPSMIN, PMRS and CMBS are 0. */
export const CAP_LOW = ((READY_TIMEOUT << 24) | CQR | (MAX_QUEUE_ENTRIES - 1)) >>> 0;
export const CAP_HIGH = ((MPS_MAX << (52 - 32)) | CSS_NVM) >>> 0;

/** Controller Configuration, taken apart. */
export interface Configuration {
  enable: boolean;
  commandSet: number;
  memoryPageSize: number;
  arbitration: number;
  shutdown: number;
  ioSqEntrySize: number;
  ioCqEntrySize: number;
}

export function decodeConfiguration(cc: number): Configuration {
  return {
    enable: (cc & 1) !== 0,
    commandSet: (cc >>> 4) & 0x7,
    memoryPageSize: (cc >>> 7) & 0xf,
    arbitration: (cc >>> 11) & 0x7,
    shutdown: (cc >>> 14) & 0x3,
    ioSqEntrySize: (cc >>> 16) & 0xf,
    ioCqEntrySize: (cc >>> 20) & 0xf,
  };
}

/** Bits of CSTS (§3.1.6). */
export const Csts = { Ready: 1 << 0, Fatal: 1 << 1, ShutdownComplete: 2 << 2 } as const;
