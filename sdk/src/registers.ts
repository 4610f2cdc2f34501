import type { HandlerContext } from './context.ts';
import type { DeferredRead } from './deferred.ts';
import type { FieldAccess, FieldMap } from './fields.ts';

/** Bits of a register. */
export type Width = 8 | 16 | 32 | 64;

/** 64-bit registers hold bigints, all others numbers. */
export type RegisterValue<W extends Width> = W extends 64 ? bigint : number;

/** Access of the bits that belong to no field. `wo`: reads zero, and writes only reach the handler. */
export type RegisterAccess = FieldAccess | 'wo';

export interface RegisterOptions<W extends Width, F extends FieldMap> {
  /** Value after reset, before the reset values of fields are put in; 0 when left out. */
  readonly reset?: number | (W extends 64 ? bigint : never);
  /** `rw` when left out; with fields, `ro` (reserved bits). */
  readonly access?: RegisterAccess;
  readonly fields?: F;
  /**
   * Reads of a plain register wait until the device has handled all earlier writes (PCIe 6.0 2.4.1). Set this
   * where the driver may as well see the old value.
   */
  readonly relaxed?: boolean;
  /** Shown as a doorbell in captures. */
  readonly role?: 'doorbell';
  /** Answers the driver's reads. Without it they are answered from the register's stored value. */
  read?(ctx: HandlerContext): RegisterValue<W> | DeferredRead<RegisterValue<W>>;
  /**
   * Told of the driver's writes. `value`: the data as written; bytes that were not written have the register's
   * current value. The register itself has been changed already, as its access says.
   */
  write?(value: RegisterValue<W>, ctx: HandlerContext): void;
}

/** Handlers as they are stored: each is only ever called with what its own register hands it. */
export interface StoredHandlers {
  readonly read?: (...args: never[]) => unknown;
  readonly write?: (...args: never[]) => void;
}

export interface RegisterSpec<W extends Width = Width, F extends FieldMap = FieldMap> {
  readonly width: W;
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  readonly reset: number | bigint;
  readonly access: RegisterAccess;
  readonly fields: F;
  readonly relaxed: boolean;
  readonly role: 'doorbell' | undefined;
  readonly handlers: StoredHandlers;
}

export type RegisterMap = Readonly<Record<string, RegisterSpec>>;

type NoFields = Record<never, never>;

/** An 8-bit register `offset` bytes from the start of its BAR. */
export function reg8<const F extends FieldMap = NoFields>(offset: number, options?: RegisterOptions<8, F>) {
  return register(8, offset, options);
}

/** A 16-bit register; `offset` is a multiple of 2. */
export function reg16<const F extends FieldMap = NoFields>(offset: number, options?: RegisterOptions<16, F>) {
  return register(16, offset, options);
}

/** A 32-bit register; `offset` is a multiple of 4. */
export function reg32<const F extends FieldMap = NoFields>(offset: number, options?: RegisterOptions<32, F>) {
  return register(32, offset, options);
}

/** A 64-bit register; `offset` is a multiple of 8. */
export function reg64<const F extends FieldMap = NoFields>(offset: number, options?: RegisterOptions<64, F>) {
  return register(64, offset, options);
}

function register<W extends Width, F extends FieldMap>(
  width: W,
  offset: number,
  options: RegisterOptions<W, F> = {},
): RegisterSpec<W, F> {
  return {
    width,
    offset,
    reset: options.reset ?? 0,
    access: options.access ?? (options.fields ? 'ro' : 'rw'),
    fields: options.fields ?? ({} as F),
    relaxed: options.relaxed ?? false,
    role: options.role,
    handlers: storedHandlers(options.read, options.write),
  };
}

/** Leaves out what is not there, so that `'read' in handlers` means what it says. */
export function storedHandlers(
  read: ((...args: never[]) => unknown) | undefined,
  write: ((...args: never[]) => void) | undefined,
): StoredHandlers {
  return { ...(read && { read }), ...(write && { write }) };
}
