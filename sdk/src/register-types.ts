import type { BarSpec } from './bars.ts';
import type { DeviceContext } from './context.ts';
import type { DeferredRead } from './deferred.ts';
import type { RegisterSpec, RegisterValue, Width } from './registers.ts';

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;
type Flatten<T> = { -readonly [K in keyof T]: T[K] };
/** Left-out maps are inferred as their constraint, an index signature, which must not count as names. */
type Named<T> = T extends unknown ? (string extends keyof T ? Record<never, never> : T) : never;

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

/** A register: its whole value, and each field under its name. */
export type RegisterAccessor<S> =
  S extends RegisterSpec<infer W, infer F>
    ? { value: RegisterValue<W> } & (W extends 64 ? Halves : unknown) & { -readonly [K in keyof Named<F>]: number }
    : never;

export type Registers<B extends readonly BarSpec[]> = {
  readonly [K in keyof RegistersOf<B>]: RegisterAccessor<RegistersOf<B>[K]>;
};

type ValueOf<S> = S extends RegisterSpec<infer W extends Width> ? RegisterValue<W> : never;

export type ReadHandlers<B extends readonly BarSpec[]> = {
  [K in NamesOf<B>]?: K extends keyof RegistersOf<B>
    ? (ctx: DeviceContext<B>) => ValueOf<RegistersOf<B>[K]> | DeferredRead<ValueOf<RegistersOf<B>[K]>>
    : (offset: number, size: number, ctx: DeviceContext<B>) => number | DeferredRead<number>;
};

export type WriteHandlers<B extends readonly BarSpec[]> = {
  [K in NamesOf<B>]?: K extends keyof RegistersOf<B>
    ? (value: ValueOf<RegistersOf<B>[K]>, ctx: DeviceContext<B>) => void
    : (offset: number, value: number, ctx: DeviceContext<B>) => void;
};
