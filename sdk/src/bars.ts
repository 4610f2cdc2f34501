import type { HandlerContext } from './context.ts';
import type { DeferredRead } from './deferred.ts';
import { DeviceDefinitionError } from './errors.ts';
import { type RegisterMap, type StoredHandlers, storedHandlers } from './registers.ts';

export interface RangeOptions {
  /** Bytes; a multiple of 4. */
  readonly length: number;
  /** What is in there, for captures and lists; a name with `{n}` stands for an array of registers. */
  readonly contents?: readonly RangeItem[];
  /** Answers the driver's reads, `size` bytes (1, 2 or 4) at `offset` from the start of the range; else they read 0. */
  read?(offset: number, size: number, ctx: HandlerContext): number | DeferredRead<number>;
  /** Told of the driver's writes, at `offset` from the start of the range. 8 bytes come as two times 4, low first. */
  write?(offset: number, value: number, ctx: HandlerContext): void;
}

/** Registers of a range, for people who look at captures. */
export interface RangeItem {
  readonly name: string;
  /** Bytes from the start of the range. */
  readonly offset: number;
  /** Bytes of one register. */
  readonly width: 1 | 2 | 4 | 8;
  readonly count?: number;
  /** Bytes from one register to the next; `width` when left out. */
  readonly stride?: number;
  readonly role?: 'doorbell';
  readonly fields?: readonly { readonly name: string; readonly lsb: number; readonly msb: number }[];
}

/** Part of a BAR whose accesses all go to the same handlers. */
export interface RangeSpec {
  readonly offset: number;
  readonly length: number;
  readonly contents: readonly RangeItem[];
  /** The driver's reads get what it has written last. */
  readonly memory: boolean;
  readonly handlers: StoredHandlers;
}

export type RangeMap = Readonly<Record<string, RangeSpec>>;

/** A range of `length` bytes, `offset` bytes from the start of its BAR; both are multiples of 4. */
export function range(offset: number, options: RangeOptions): RangeSpec {
  return {
    offset,
    length: options.length,
    contents: options.contents ?? [],
    memory: false,
    handlers: storedHandlers(options.read, options.write),
  };
}

/** A range of plain memory, zero after reset; the device is not told of accesses. */
export function memory(offset: number, options: { readonly length: number }): RangeSpec {
  return { offset, length: options.length, contents: [], memory: true, handlers: {} };
}

export interface DoorbellOptions {
  readonly count: number;
  /** Bytes from one doorbell to the next, a multiple of 4; 4 when left out. */
  readonly stride?: number;
  /** How captures call them; `{n}` stands for the number. `doorbell {n}` when left out. */
  readonly name?: string;
  /** Doorbell `index` was rung with a 32-bit value. Writes between doorbells are ignored. */
  write(index: number, value: number, ctx: HandlerContext): void;
}

/** Doorbells: `count` write-only registers of 32 bits from `offset` on, which are told by their number. */
export function doorbells(offset: number, options: DoorbellOptions): RangeSpec {
  const { count, stride = 4, name = 'doorbell {n}' } = options;
  if (!Number.isInteger(count) || count < 1) {
    throw new DeviceDefinitionError(`doorbells: count ${count} must be a whole number from 1 on`);
  }
  if (stride % 4 !== 0 || stride < 4)
    throw new DeviceDefinitionError(`doorbells: stride ${stride} must be a multiple of 4`);
  return range(offset, {
    length: count * stride,
    contents: [{ name, offset: 0, width: 4, count, stride, role: 'doorbell' }],
    write(at, value, ctx) {
      if (at % stride === 0) options.write(at / stride, value, ctx);
    },
  });
}

export type BarIndex = 0 | 1 | 2 | 3 | 4 | 5;

export interface BarOptions<R extends RegisterMap, G extends RangeMap> {
  /** Bytes: a power of two from 4 KiB to 16 MiB; of a `ram` BAR, to 1 GiB; of an `io` BAR, from 4 to 256. */
  readonly size: number;
  /**
   * `trapped`: the device and captures see every access. `ram`: memory that driver and device share, such as a frame
   * buffer, `ctx.memory(index)`: nobody sees an access, and no reset changes it. `io`: as `trapped`, but in I/O space, for
   * drivers that use `pci_iomap()` and `ioread32()`; on the kernel host `inb()` and its sisters find nothing there.
   * `trapped` when left out.
   */
  readonly kind?: BarKind;
  /**
   * Of a `ram` BAR: every mapping is write-back. Much faster for a device that reads what the driver has written, and no
   * driver can tell the difference.
   */
  readonly cached?: boolean;
  /** Width of the BAR's address; 64 takes the next BAR too. 32 when left out. */
  readonly bits?: 32 | 64;
  readonly prefetchable?: boolean;
  readonly registers?: R;
  readonly ranges?: G;
}

export type BarKind = 'trapped' | 'ram' | 'io';

export interface BarSpec<R extends RegisterMap = RegisterMap, G extends RangeMap = RangeMap> {
  readonly index: BarIndex;
  readonly size: number;
  readonly kind: BarKind;
  readonly cached: boolean;
  readonly bits: 32 | 64;
  readonly prefetchable: boolean;
  readonly registers: R;
  readonly ranges: G;
}

/** Base address register `index`: bytes that belong to no register or range read zero and ignore writes. */
export function bar<
  const R extends RegisterMap = Record<never, never>,
  const G extends RangeMap = Record<never, never>,
>(index: BarIndex, options: BarOptions<R, G>): BarSpec<R, G> {
  return {
    index,
    size: options.size,
    kind: options.kind ?? 'trapped',
    cached: options.cached ?? false,
    bits: options.bits ?? 32,
    prefetchable: options.prefetchable ?? false,
    registers: options.registers ?? ({} as R),
    ranges: options.ranges ?? ({} as G),
  };
}

/** Whether the host sees accesses to a BAR: then it has a register space. */
export function isTrapped({ kind }: Pick<BarSpec, 'kind'>): boolean {
  return kind !== 'ram';
}
