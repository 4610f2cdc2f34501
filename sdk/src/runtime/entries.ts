import type { RangeMap } from '../bars.ts';
import { registerMasks } from '../compile/masks.ts';
import type { Placed } from '../config/chain.ts';
import type { DeviceContext } from '../context.ts';
import { DeviceDefinitionError } from '../errors.ts';
import {
  type RegisterMap,
  type RegisterPlace,
  type RegisterSpec,
  registerAliases,
  registerPlaces,
  type StoredHandlers,
} from '../registers.ts';
import { type AliasTarget, aliasTarget } from './aliases.ts';

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
  /** The register that this is another place of; all accesses here come to the device. */
  readonly alias: AliasTarget | undefined;
  /** The next entry in the same dword, as its place in the table; 0 when there is none. */
  next: number;
}

/** Handlers by the name of their register or range. */
export interface HandlerTable {
  readonly read: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly write: Readonly<Record<string, (...args: never[]) => void>>;
}

/** A register space: a BAR, or configuration space. */
export interface SpaceContents {
  /** For messages, such as `bar 0`. */
  readonly place: string;
  readonly registers: RegisterMap;
  readonly ranges: RangeMap;
}

/** The registers and ranges of a space that need the device when they are accessed. */
export function spaceEntries({ place, registers, ranges }: SpaceContents, handlers: HandlerTable): Entry[] {
  const entries: Entry[] = [];
  for (const [name, register] of Object.entries(registers)) {
    const found = handlersOf(place, name, register.handlers, handlers);
    entries.push(...registerEntries(name, register, found));
  }
  for (const [name, range] of Object.entries(ranges)) {
    const found = handlersOf(place, name, range.handlers, handlers);
    if (!found.read && !found.write) continue;
    if (range.memory) throw new DeviceDefinitionError(`${place}: ${name} is memory and has a handler; use range()`);
    const { offset, length: bytes } = range;
    entries.push({ kind: RANGE, name, offset, bytes, ...found, w1s: undefined, alias: undefined, next: 0 });
  }
  return entries;
}

/** What capabilities do by themselves when their registers in configuration space are written. */
export function reactionEntries(capabilities: readonly Placed[], config: Uint8Array): Entry[] {
  return capabilities.flatMap(({ offset, capability: { name, onWrite } }) => {
    if (!onWrite) return [];
    const registers = new DataView(config.buffer, config.byteOffset + offset);
    const react = onWrite.start();
    const write = (value: number) => react(registers, value);
    const place = { offset: offset + onWrite.offset, bytes: onWrite.bytes };
    return [{ kind: NARROW, name, ...place, read: undefined, write, w1s: undefined, alias: undefined, next: 0 }];
  });
}

function registerEntries(name: string, register: RegisterSpec, found: Pick<Entry, 'read' | 'write'>): Entry[] {
  const mask = registerMasks(register).w1s;
  const kind = register.width === 64 ? WIDE : NARROW;
  const common = { kind, w1s: mask ? bytesOf(mask) : undefined, next: 0 };
  const own = registerPlaces(register);
  /** The entry of one place of the register: there, or by an alias. */
  const entryAt = (name: string, place: RegisterPlace, index: number, alias: AliasTarget | undefined): Entry =>
    register.array
      ? { ...common, name: `${name}[${index}]`, ...place, ...ofElement(found, index), alias }
      : { ...common, name, ...place, ...found, alias };
  const aliases = registerAliases(register).flatMap(([alias, there]) =>
    registerPlaces(there).map((place, index) =>
      entryAt(alias, place, index, aliasTarget(register, own[index] as RegisterPlace)),
    ),
  );
  if (!found.read && !found.write && mask === 0n) return aliases;
  return [...own.map((place, index) => entryAt(name, place, index, undefined)), ...aliases];
}

/** Handlers of an array are told which register it is. */
function ofElement({ read, write }: Pick<Entry, 'read' | 'write'>, index: number): Pick<Entry, 'read' | 'write'> {
  const readElement = read as ((index: number, ctx: DeviceContext) => unknown) | undefined;
  const writeElement = write as ((index: number, value: unknown, ctx: DeviceContext) => void) | undefined;
  return {
    read: readElement && ((ctx: DeviceContext) => readElement(index, ctx)),
    write: writeElement && ((value: unknown, ctx: DeviceContext) => writeElement(index, value, ctx)),
  };
}

function handlersOf(place: string, name: string, inline: StoredHandlers, fromSetup: HandlerTable) {
  return {
    read: pick(place, name, 'read', inline.read, fromSetup.read[name]) as Entry['read'],
    write: pick(place, name, 'write', inline.write, fromSetup.write[name]) as Entry['write'],
  };
}

function pick<T>(place: string, name: string, kind: string, inline: T | undefined, fromSetup: T | undefined) {
  if (inline && fromSetup) {
    throw new DeviceDefinitionError(
      `${place}: ${name} has a ${kind} handler in its declaration and another one from setup; drop one`,
    );
  }
  return inline ?? fromSetup;
}

function bytesOf(mask: bigint): Uint8Array {
  return new Uint8Array(new BigUint64Array([mask]).buffer);
}
