import type { FieldAccess } from '../fields.ts';
import type { RegisterSpec } from '../registers.ts';

/** What a register holds after reset, and what accesses do to its bits. As wide as the register. */
export interface RegisterMasks {
  readonly reset: bigint;
  readonly write: bigint;
  readonly w1c: bigint;
  readonly w1s: bigint;
  readonly rc: bigint;
  readonly rs: bigint;
}

/** Bits `lsb` to `msb`. */
export function bitMask(lsb: number, msb: number): bigint {
  return ((1n << BigInt(msb - lsb + 1)) - 1n) << BigInt(lsb);
}

/** The masks of a register that has passed the checks. */
export function registerMasks(register: RegisterSpec): RegisterMasks {
  const all = bitMask(0, register.width - 1);
  const bits = { rw: 0n, ro: 0n, w1c: 0n, w1s: 0n, rc: 0n, rs: 0n, wo: 0n } satisfies Record<FieldAccess, bigint>;
  let reset = BigInt(register.reset);
  let named = 0n;
  for (const field of Object.values(register.fields)) {
    const mask = bitMask(field.lsb, field.msb);
    bits[field.access] |= mask;
    named |= mask;
    if (field.reset !== 0) reset = (reset & ~mask) | (BigInt(field.reset) << BigInt(field.lsb));
  }
  bits[register.access] |= all & ~named;
  return { reset, write: bits.rw, w1c: bits.w1c, w1s: bits.w1s, rc: bits.rc, rs: bits.rs };
}
