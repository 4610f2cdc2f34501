import type { Identity, Interrupts } from '@pciem/sdk';
import type { MapRegister } from '@pciem/sdk/maps';

/** Bytes of configuration space, in Base64 so that it can be stored as JSON; 4096 each. */
export interface StoredConfig {
  readonly image: string;
  readonly writeMask: string;
  readonly w1cMask: string;
  readonly msix?: { vectors: number; bar: number; table: number; pba: number };
}

/** A BAR of a model. */
export interface ShapeBar {
  readonly index: number;
  /** Bytes: a power of two, 4 KiB at least. */
  readonly size: number;
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
