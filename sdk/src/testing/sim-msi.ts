import type { SpaceMemory } from '../spaces.ts';

export const MSI_ID = 0x05;
const CONTROL = 0x02;
const ENABLE = 0x0001;
const CAPABLE_SHIFT = 1;
const ENABLED_SHIFT = 4;
const EXPONENT = 7;
const MASKING = 0x0100;
const ADDRESS_LOW = 0x04;
const ADDRESS_HIGH = 0x08;
const DATA = 0x0c;
const MASK_BITS = 0x10;
const PENDING_BITS = 0x14;

/** The MSI capability of a function, at `offset` in configuration space (PCIe 6.0 7.7.1), with a 64-bit address. */
export class SimMsi {
  readonly #view: DataView;
  readonly #offset: number;

  constructor(config: SpaceMemory, offset: number) {
    this.#view = new DataView(config.image.buffer, config.image.byteOffset, config.image.length);
    this.#offset = offset;
  }

  get enabled(): boolean {
    return (this.#control & ENABLE) !== 0;
  }

  /** Vectors that the driver has enabled. */
  get vectors(): number {
    return 1 << ((this.#control >>> ENABLED_SHIFT) & EXPONENT);
  }

  /** What to write to Message Control to enable every vector that the device has. */
  get enableAll(): number {
    return (((this.#control >>> CAPABLE_SHIFT) & EXPONENT) << ENABLED_SHIFT) | ENABLE;
  }

  get controlOffset(): number {
    return this.#offset + CONTROL;
  }

  /** What the driver has written, with the vector in the low bits of the data (PCIe 6.0 6.1.4.2). */
  message(vector: number): { address: number; data: number } {
    const address = this.#read(ADDRESS_HIGH) * 2 ** 32 + this.#read(ADDRESS_LOW);
    const data = this.#view.getUint16(this.#offset + DATA, true);
    return { address, data: (data & ~(this.vectors - 1)) | vector };
  }

  isMasked(vector: number): boolean {
    return this.#masking && (this.#read(MASK_BITS) & (1 << vector)) !== 0;
  }

  isPending(vector: number): boolean {
    return this.#masking && (this.#read(PENDING_BITS) & (1 << vector)) !== 0;
  }

  setPending(vector: number, pending: boolean): void {
    const old = this.#read(PENDING_BITS);
    const bit = 1 << vector;
    this.#view.setUint32(this.#offset + PENDING_BITS, pending ? old | bit : old & ~bit, true);
  }

  get #masking(): boolean {
    return (this.#control & MASKING) !== 0;
  }

  get #control(): number {
    return this.#view.getUint16(this.controlOffset, true);
  }

  #read(register: number): number {
    return this.#view.getUint32(this.#offset + register, true);
  }
}
