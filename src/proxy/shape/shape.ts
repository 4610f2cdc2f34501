import type { Identity, Interrupts } from '@pciem/sdk';
import type { MapRegister } from '@pciem/sdk/maps';
import type { StoredConfig } from '../clone/stored-config.ts';

/** A BAR of a model. */
export interface ShapeBar {
  readonly index: number;
  /** Bytes: a power of two, 4 KiB at least; in I/O space 4 to 256. */
  readonly size: number;
  /** In I/O space; in memory space when left out. */
  readonly io?: boolean;
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
  /** What is known of its registers. */
  readonly registers: readonly MapRegister[];
}

/** What a model looks like from outside: all that enumeration sees, and names of registers. Plain data. */
export interface Shape {
  readonly name: string;
  readonly identity: Identity;
  readonly bars: readonly ShapeBar[];
  readonly interrupts?: Interrupts;
  /** Byte for byte, from a real device. */
  readonly config?: StoredConfig;
}
