import { registerMasks } from '../compile/masks.ts';
import type { RegisterPlace, RegisterSpec } from '../registers.ts';

/** What stands behind an alias: a register, or one of an array, for which the host's rules have to be kept here. */
export interface AliasTarget {
  /** Bytes from the start of the space. */
  readonly offset: number;
  /** What the driver's accesses do to the register's bytes; see SpaceMemory. */
  readonly writeMask: Uint8Array;
  readonly w1cMask: Uint8Array;
  readonly rcMask: Uint8Array;
  readonly rsMask: Uint8Array;
}

/** `place`: where the register is, one of several if it is of an array. */
export function aliasTarget(register: RegisterSpec, { offset }: RegisterPlace): AliasTarget {
  const masks = registerMasks(register);
  const bytes = (mask: bigint) => new Uint8Array(new BigUint64Array([mask]).buffer, 0, register.width / 8);
  return {
    offset,
    writeMask: bytes(masks.write),
    w1cMask: bytes(masks.w1c),
    rcMask: bytes(masks.rc),
    rsMask: bytes(masks.rs),
  };
}

/** The driver writes byte `index` of the register by its alias. The host may be changing the byte at the same time. */
export function writeByAlias(image: Uint8Array, target: AliasTarget, index: number, value: number): void {
  const at = target.offset + index;
  const mask = target.writeMask[index] as number;
  const cleared = value & (target.w1cMask[index] as number);
  for (;;) {
    const old = Atomics.load(image, at);
    const next = ((old & ~mask) | (value & mask)) & ~cleared;
    if (Atomics.compareExchange(image, at, old, next) === old) return;
  }
}

/** The driver reads byte `index` of the register by its alias. */
export function readByAlias(image: Uint8Array, target: AliasTarget, index: number): number {
  const clear = target.rcMask[index] as number;
  const set = target.rsMask[index] as number;
  const at = target.offset + index;
  if (set !== 0) return Atomics.or(image, at, set);
  return clear === 0 ? (image[at] as number) : Atomics.and(image, at, ~clear & 0xff);
}
