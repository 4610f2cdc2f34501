import type { Identity, Interrupts } from '../device.ts';
import type { RegisterAccess, Width } from '../registers.ts';

/** Registers that were described outside of code, in YAML or CMSIS-SVD. Plain data: it can be cloned and stored as JSON. */
export interface RegisterMap {
  /** Short, lower case: what the device is called. */
  readonly name: string;
  readonly summary?: string;
  /** Who the function says it is; CMSIS-SVD has no such thing. */
  readonly identity?: Identity;
  readonly interrupts?: Interrupts;
  readonly bars: readonly MapBar[];
  /** What the source says and a plain device cannot do, a line each. */
  readonly notes?: readonly string[];
}

export interface MapBar {
  /** 0 to 5. */
  readonly index: number;
  /** Bytes: a power of two, 4 KiB at least. */
  readonly size: number;
  /** Width of the BAR's address; 32 when left out. */
  readonly bits?: 32 | 64;
  readonly prefetchable?: boolean;
  /** In no particular order; none overlaps another, and no name occurs twice in the whole map. */
  readonly registers: readonly MapRegister[];
}

/** A register, or with `count` an array of equal registers. */
export interface MapRegister {
  readonly name: string;
  /** Bytes from the start of the BAR; of the first one of an array. */
  readonly offset: number;
  /** Bits. */
  readonly width: Width;
  /** Value after reset; a bigint where a number would not be exact. */
  readonly reset: number | bigint;
  /** Access of the bits that belong to no field. */
  readonly access: RegisterAccess;
  readonly description?: string;
  readonly fields: readonly MapField[];
  /** Registers in the array; 1 when left out. */
  readonly count?: number;
  /** Bytes from one register of the array to the next; its width when left out. */
  readonly stride?: number;
  /** Further places of the register in the BAR, by their names; of an array: of its first one. */
  readonly aliases?: Readonly<Record<string, number>>;
}

/** A bit field; bit 0 is the least significant. */
export interface MapField {
  readonly name: string;
  readonly lsb: number;
  readonly msb: number;
  /** As the register when left out. */
  readonly access?: RegisterAccess;
  /** In the field's own bits; what the register's reset value says when left out. */
  readonly reset?: number;
  readonly description?: string;
  /** Names of values. */
  readonly values?: Readonly<Record<string, number>>;
}
