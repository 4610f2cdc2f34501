import type { BarSpec } from '../bars.ts';
import { registerMasks } from '../compile/masks.ts';
import type { DeviceContext } from '../context.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { StoredHandlers } from '../registers.ts';

/** A register of up to 32 bits. */
export const NARROW = 0;
/** A 64-bit register, whose handlers take a bigint. */
export const WIDE = 1;
export const RANGE = 2;

export type NarrowWrite = (value: number, ctx: DeviceContext) => void;
export type WideWrite = (value: bigint, ctx: DeviceContext) => void;
export type RangeWrite = (offset: number, value: number, ctx: DeviceContext) => void;
export type RegisterRead = (ctx: DeviceContext) => unknown;
export type RangeRead = (offset: number, size: number, ctx: DeviceContext) => unknown;

/** A register or range that has handlers. All entries have the same shape. */
export interface Entry {
  readonly kind: number;
  readonly name: string;
  /** Bytes from the start of the space. */
  readonly offset: number;
  readonly bytes: number;
  readonly read: RegisterRead | RangeRead | undefined;
  readonly write: NarrowWrite | WideWrite | RangeWrite | undefined;
  /** Bits that writing 1 sets; these are applied here, as no host knows them. */
  readonly w1s: Uint8Array | undefined;
  /** The next entry in the same dword, as its place in the table; 0 when there is none. */
  next: number;
}

/** Handlers by the name of their register or range. */
export interface HandlerTable {
  readonly read: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly write: Readonly<Record<string, (...args: never[]) => void>>;
}

/** The registers and ranges of a BAR that need the device when they are accessed. */
export function barEntries(bar: BarSpec, handlers: HandlerTable): Entry[] {
  const entries: Entry[] = [];
  for (const [name, register] of Object.entries(bar.registers)) {
    const { offset, width } = register;
    const { w1s } = registerMasks(register);
    const kind = width === 64 ? WIDE : NARROW;
    const found = handlersOf(bar, name, register.handlers, handlers);
    if (!found.read && !found.write && w1s === 0n) continue;
    entries.push({ kind, name, offset, bytes: width / 8, ...found, w1s: w1s ? bytesOf(w1s) : undefined, next: 0 });
  }
  for (const [name, range] of Object.entries(bar.ranges)) {
    const found = handlersOf(bar, name, range.handlers, handlers);
    if (!found.read && !found.write) continue;
    entries.push({ kind: RANGE, name, offset: range.offset, bytes: range.length, ...found, w1s: undefined, next: 0 });
  }
  return entries;
}

function handlersOf(bar: BarSpec, name: string, inline: StoredHandlers, fromSetup: HandlerTable) {
  return {
    read: pick(bar, name, 'read', inline.read, fromSetup.read[name]) as Entry['read'],
    write: pick(bar, name, 'write', inline.write, fromSetup.write[name]) as Entry['write'],
  };
}

function pick<T>(bar: BarSpec, name: string, kind: string, inline: T | undefined, fromSetup: T | undefined) {
  if (inline && fromSetup) {
    throw new DeviceDefinitionError(
      `bar ${bar.index}: ${name} has a ${kind} handler in its declaration and another one from setup; drop one`,
    );
  }
  return inline ?? fromSetup;
}

function bytesOf(mask: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([mask]).buffer);
}
