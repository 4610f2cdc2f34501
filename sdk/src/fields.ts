/**
 * What the driver's accesses do to bits.
 * `rw`: stored. `ro`: writes ignored. `w1c`: writing 1 clears. `w1s`: writing 1 sets. `rc`: cleared by reading.
 * `rs`: set by reading. `wo`: reads zero, and writes only reach the handler.
 */
export type FieldAccess = 'rw' | 'ro' | 'w1c' | 'w1s' | 'rc' | 'rs' | 'wo';

/** A bit field of a register; bit 0 is the least significant. */
export interface FieldSpec {
  readonly access: FieldAccess;
  readonly lsb: number;
  readonly msb: number;
  readonly reset: number;
}

export type FieldMap = Readonly<Record<string, FieldSpec>>;

export interface FieldOptions {
  /** Value after reset, in the field's own bits; 0 when left out. */
  readonly reset?: number;
}

type FieldArguments = [msb: number, options?: FieldOptions] | [options?: FieldOptions];

/** Bits that the driver reads and writes: `rw(lsb)`, `rw(lsb, msb)`, `rw(lsb, msb, { reset })`. */
export const rw = (lsb: number, ...rest: FieldArguments): FieldSpec => field('rw', lsb, rest);
/** Bits that only the device changes. */
export const ro = (lsb: number, ...rest: FieldArguments): FieldSpec => field('ro', lsb, rest);
/** Bits that the driver clears by writing 1. */
export const w1c = (lsb: number, ...rest: FieldArguments): FieldSpec => field('w1c', lsb, rest);
/** Bits that the driver sets by writing 1. */
export const w1s = (lsb: number, ...rest: FieldArguments): FieldSpec => field('w1s', lsb, rest);
/** Bits that a read clears. */
export const rc = (lsb: number, ...rest: FieldArguments): FieldSpec => field('rc', lsb, rest);
/** Bits that a read sets. Not in one byte with bits that a read clears. */
export const rs = (lsb: number, ...rest: FieldArguments): FieldSpec => field('rs', lsb, rest);
/** Bits that read zero; what is written reaches the register's handler and nothing else. */
export const wo = (lsb: number, ...rest: FieldArguments): FieldSpec => field('wo', lsb, rest);

function field(access: FieldAccess, lsb: number, rest: FieldArguments): FieldSpec {
  const [first, second] = rest;
  const msb = typeof first === 'number' ? first : lsb;
  const options = typeof first === 'number' ? second : first;
  return { access, lsb, msb, reset: options?.reset ?? 0 };
}
