import type { BarSpec } from './bars.ts';
import type { DeviceContext } from './context.ts';
import type { DeferredRead } from './deferred.ts';
import type { ArrayShape, RegisterMap, RegisterSpec, RegisterValue, Width } from './registers.ts';

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;
type Flatten<T> = { -readonly [K in keyof T]: T[K] };
/** Left-out maps are inferred as their constraint, an index signature, which must not count as names. */
type Named<T> = T extends unknown ? (string extends keyof T ? Record<never, never> : T) : never;

/** The BARs and, as one more, the device's own registers in configuration space. */
export type Spaces<B extends readonly BarSpec[], C extends RegisterMap> = readonly [
  ...B,
  BarSpec<C, Record<never, never>>,
];

/** Registers of all BARs. */
export type RegistersOf<B extends readonly BarSpec[]> = Flatten<UnionToIntersection<Named<B[number]['registers']>>>;
/** Ranges of all BARs. */
export type RangesOf<B extends readonly BarSpec[]> = Flatten<UnionToIntersection<Named<B[number]['ranges']>>>;
/** Names of registers and ranges, which handlers can be given for. */
export type NamesOf<B extends readonly BarSpec[]> = keyof RegistersOf<B> | keyof RangesOf<B>;

/** The two halves of a 64-bit register, for code that wants no bigint. */
interface Halves {
  /** Bits 31:0. */
  low: number;
  /** Bits 63:32. */
  high: number;
}

/** Changes at once, while the driver may be changing the register too; not for 64-bit registers. */
interface Changes {
  /** Sets the bits that are 1 in `mask`. */
  setBits(mask: number): void;
  /** Clears the bits that are 1 in `mask`. */
  clearBits(mask: number): void;
  /** Adds to the value, which wraps around; for counters that reading clears. Returns the value before. */
  add(amount: number): number;
}

/** Registers that repeat, counted from 0. */
export interface RegisterArray<R> extends Iterable<R> {
  readonly length: number;
  /** Throws a RangeError if there is no register `index`. */
  at(index: number): R;
}

/** A register: its whole value, and each field under its name; an array of these for an array. */
export type RegisterAccessor<S> =
  S extends RegisterSpec<infer W, infer F, infer A>
    ? A extends ArrayShape
      ? RegisterArray<One<W, F>>
      : One<W, F>
    : never;

type One<W extends Width, F> = { value: RegisterValue<W> } & (W extends 64 ? Halves : Changes) & {
    -readonly [K in keyof Named<F>]: number;
  };

export type Registers<B extends readonly BarSpec[]> = {
  readonly [K in keyof RegistersOf<B>]: RegisterAccessor<RegistersOf<B>[K]>;
};

type ValueOf<S> = S extends RegisterSpec<infer W extends Width> ? RegisterValue<W> : never;

type ReadHandler<S, X> =
  S extends RegisterSpec<infer _W, infer _F, infer A>
    ? A extends ArrayShape
      ? (index: number, ctx: X) => ValueOf<S> | DeferredRead<ValueOf<S>>
      : (ctx: X) => ValueOf<S> | DeferredRead<ValueOf<S>>
    : never;

type WriteHandler<S, X> =
  S extends RegisterSpec<infer _W, infer _F, infer A>
    ? A extends ArrayShape
      ? (index: number, value: ValueOf<S>, ctx: X) => void
      : (value: ValueOf<S>, ctx: X) => void
    : never;

export type ReadHandlers<B extends readonly BarSpec[]> = {
  [K in NamesOf<B>]?: K extends keyof RegistersOf<B>
    ? ReadHandler<RegistersOf<B>[K], DeviceContext<B>>
    : (offset: number, size: number, ctx: DeviceContext<B>) => number | DeferredRead<number>;
};

export type WriteHandlers<B extends readonly BarSpec[]> = {
  [K in NamesOf<B>]?: K extends keyof RegistersOf<B>
    ? WriteHandler<RegistersOf<B>[K], DeviceContext<B>>
    : (offset: number, value: number, ctx: DeviceContext<B>) => void;
};
