import type { HandlerContext } from './context.ts';
import type { DeferredRead } from './deferred.ts';
import type { FieldAccess, FieldMap } from './fields.ts';

/** Bits of a register. */
export type Width = 8 | 16 | 32 | 64;

/** 64-bit registers hold bigints, all others numbers. */
export type RegisterValue<W extends Width> = W extends 64 ? bigint : number;

/** Access of the bits that belong to no field. */
export type RegisterAccess = FieldAccess;

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
  /**
   * Further places of the register in its BAR, bytes from the start of that, by the names that captures show for them.
   * Of an array: where its first register is once more; the others follow, as far apart as in the array.
   * The device carries out accesses there, as if they were made to the register itself: they are always forwarded.
   */
  readonly aliases?: Readonly<Record<string, number>>;
  /** Answers the driver's reads. Without it they are answered from the register's stored value. */
  read?(ctx: HandlerContext): RegisterValue<W> | DeferredRead<RegisterValue<W>>;
  /**
   * Told of the driver's writes. `value`: the data as written; bytes that were not written have the register's
   * current value. The register itself has been changed already, as its access says, and perhaps by later writes too:
   * they do not wait for the device.
   */
  write?(value: RegisterValue<W>, ctx: HandlerContext): void;
}

/** Registers that repeat: the handlers are told which one, counted from 0. */
export interface RegisterArrayOptions<W extends Width, F extends FieldMap>
  extends Omit<RegisterOptions<W, F>, 'read' | 'write'> {
  /** How many there are. */
  readonly count: number;
  /** Bytes from one to the next; their width when left out. */
  readonly stride?: number;
  read?(index: number, ctx: HandlerContext): RegisterValue<W> | DeferredRead<RegisterValue<W>>;
  write?(index: number, value: RegisterValue<W>, ctx: HandlerContext): void;
}

/** Handlers as they are stored: each is only ever called with what its own register hands it. */
export interface StoredHandlers {
  readonly read?: (...args: never[]) => unknown;
  readonly write?: (...args: never[]) => void;
}

export interface RegisterSpec<
  W extends Width = Width,
  F extends FieldMap = FieldMap,
  A extends ArrayShape | undefined = ArrayShape | undefined,
> {
  readonly width: W;
  /** Bytes from the start of the BAR; of the first one of an array. */
  readonly offset: number;
  readonly array: A;
  readonly reset: number | bigint;
  readonly access: RegisterAccess;
  readonly fields: F;
  readonly relaxed: boolean;
  readonly role: 'doorbell' | undefined;
  /** Offsets of further places by their names; an array's first register is there, and the others behind it. */
  readonly aliases: Readonly<Record<string, number>>;
  readonly handlers: StoredHandlers;
}

/** How the registers of an array lie. */
export interface ArrayShape {
  readonly count: number;
  /** Bytes from one to the next. */
  readonly stride: number;
}

export type RegisterMap = Readonly<Record<string, RegisterSpec>>;

type NoFields = Record<never, never>;

/** Makes a register of one width, or an array of them. */
interface RegisterFunction<W extends Width> {
  <const F extends FieldMap = NoFields>(offset: number, options?: RegisterOptions<W, F>): RegisterSpec<W, F, undefined>;
  /** `count` registers, the first one at `offset`: `regs.NAME.at(n)`. */
  array<const F extends FieldMap = NoFields>(
    offset: number,
    options: RegisterArrayOptions<W, F>,
  ): RegisterSpec<W, F, ArrayShape>;
}

/** An 8-bit register `offset` bytes from the start of its BAR. */
export const reg8 = registerFunction(8);
/** A 16-bit register; `offset` is a multiple of 2. */
export const reg16 = registerFunction(16);
/** A 32-bit register; `offset` is a multiple of 4. */
export const reg32 = registerFunction(32);
/** A 64-bit register; `offset` is a multiple of 8. */
export const reg64 = registerFunction(64);

type AnyOptions<W extends Width, F extends FieldMap> = RegisterOptions<W, F> | RegisterArrayOptions<W, F>;

function registerFunction<W extends Width>(width: W): RegisterFunction<W> {
  const make = <F extends FieldMap, A extends ArrayShape | undefined>(
    offset: number,
    options: AnyOptions<W, F>,
    array: A,
  ): RegisterSpec<W, F, A> => ({
    width,
    offset,
    array,
    reset: options.reset ?? 0,
    access: options.access ?? (options.fields ? 'ro' : 'rw'),
    fields: options.fields ?? ({} as F),
    relaxed: options.relaxed ?? false,
    role: options.role,
    aliases: options.aliases ?? {},
    handlers: storedHandlers(options.read, options.write),
  });
  const single = <F extends FieldMap>(offset: number, options: RegisterOptions<W, F> = {}) =>
    make(offset, options, undefined);
  const array = <F extends FieldMap>(offset: number, options: RegisterArrayOptions<W, F>) =>
    make(offset, options, { count: options.count, stride: options.stride ?? width / 8 });
  return Object.assign(single, { array });
}

/** The bytes of a register in its space. */
export interface RegisterPlace {
  readonly offset: number;
  readonly bytes: number;
}

/** Where a register is, and each one of an array. */
export function registerPlaces(register: RegisterSpec): RegisterPlace[] {
  const { offset, width, array } = register;
  const bytes = width / 8;
  return Array.from({ length: array?.count ?? 1 }, (_, n) => ({ offset: offset + n * (array?.stride ?? 0), bytes }));
}

/** The further places of a register by their names, each as the register, or the array, that the driver finds there. */
export function registerAliases(register: RegisterSpec): [name: string, register: RegisterSpec][] {
  return Object.entries(register.aliases).map(([name, offset]) => [name, { ...register, offset }]);
}

/** Leaves out what is not there, so that `'read' in handlers` means what it says. */
export function storedHandlers(
  read: ((...args: never[]) => unknown) | undefined,
  write: ((...args: never[]) => void) | undefined,
): StoredHandlers {
  return { ...(read && { read }), ...(write && { write }) };
}
