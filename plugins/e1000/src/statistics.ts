import type { Registers } from './registers.ts';

const FCS_BYTES = 4;
/** Upper limits of the counters by size, FCS included; what is longer counts in the last one. */
const SIZES = [64, 127, 255, 511, 1023] as const;
const GROUP = 0x01;

/** The counters of good frames, which the driver's reads clear. */
export class Statistics {
  readonly #regs: Registers;

  constructor(regs: Registers) {
    this.#regs = regs;
  }

  /** `frame`: without its FCS, which counts too. */
  received(frame: Uint8Array): void {
    const { GPRC, TPR, GORCL, GORCH, TORL, TORH, PRC, BPRC, MPRC } = this.#regs;
    const bytes = frame.length + FCS_BYTES;
    GPRC.add(1);
    TPR.add(1);
    PRC.at(sizeClass(bytes)).add(1);
    addOctets(GORCL, GORCH, bytes);
    addOctets(TORL, TORH, bytes);
    if (isBroadcast(frame)) BPRC.add(1);
    else if (isGroup(frame)) MPRC.add(1);
  }

  sent(frame: Uint8Array): void {
    const { GPTC, TPT, GOTCL, GOTCH, TOTL, TOTH, PTC, BPTC, MPTC } = this.#regs;
    const bytes = Math.max(frame.length + FCS_BYTES, SIZES[0]);
    GPTC.add(1);
    TPT.add(1);
    PTC.at(sizeClass(bytes)).add(1);
    addOctets(GOTCL, GOTCH, bytes);
    addOctets(TOTL, TOTH, bytes);
    if (isBroadcast(frame)) BPTC.add(1);
    else if (isGroup(frame)) MPTC.add(1);
  }

  /** A frame found no descriptors. */
  missed(): void {
    this.#regs.MPC.add(1);
    this.#regs.RNBC.add(1);
  }

  segmented(): void {
    this.#regs.TSCTC.add(1);
  }
}

export function isGroup(frame: Uint8Array): boolean {
  return ((frame[0] as number) & GROUP) !== 0;
}

export function isBroadcast(frame: Uint8Array): boolean {
  for (let i = 0; i < 6; i++) if (frame[i] !== 0xff) return false;
  return true;
}

interface Counter {
  add(amount: number): number;
}

function addOctets(low: Counter, high: Counter, bytes: number): void {
  if (low.add(bytes) + bytes >= 2 ** 32) high.add(1);
}

function sizeClass(bytes: number): number {
  const index = SIZES.findIndex((limit) => bytes <= limit);
  return index < 0 ? SIZES.length : index;
}
