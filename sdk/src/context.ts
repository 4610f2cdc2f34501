import type { BarSpec } from './bars.ts';
import type { DeferOptions, DeferredRead } from './deferred.ts';
import type { Dma } from './dma.ts';
import type { Registers } from './register-types.ts';

/** What became of an interrupt. `pending`: masked, delivered at unmask. `refused`: disabled, or no such vector. */
export type IrqResult = 'delivered' | 'pending' | 'refused';

export interface Irq {
  /** Sends the message of an MSI-X or MSI vector. */
  raise(vector: number): IrqResult;
  /**
   * Asserts INTx until `deassert`; again and again has no further effect. `pending`: the driver has disabled INTx.
   * `refused`: the function has no interrupt pin.
   */
  assert(): IrqResult;
  /** Deasserts INTx. A reset has done so already. */
  deassert(): void;
}

/** Writes a line to the device's log; arguments are formatted as by `console.log`. */
export interface Log {
  (...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

/** Configuration space as the device sees it: offsets in bytes, values little-endian, no masks. */
export interface ConfigAccess {
  read8(offset: number): number;
  read16(offset: number): number;
  read32(offset: number): number;
  write8(offset: number, value: number): void;
  write16(offset: number, value: number): void;
  write32(offset: number, value: number): void;
}

/**
 * The driver's access that is being handled; for a write handler of a range, the piece of it that the handler is told
 * of. One object, changed from access to access: do not keep it.
 */
export interface Access {
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  /** The access as the driver made it, of which this may be a piece. */
  readonly wholeOffset: number;
  readonly wholeSize: number;
}

/** What every handler can use. */
export interface HandlerContext {
  readonly config: ConfigAccess;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dma: Dma;
  readonly irq: Irq;
  readonly log: Log;
  readonly access: Access;
  /** The memory of a `ram` BAR, which the driver may be changing at the same time. Throws if there is no such BAR. */
  memory(bar: number): Uint8Array;
  /** In a read handler: return the result of this to answer the read later. */
  defer<V extends number | bigint = number>(options?: DeferOptions): DeferredRead<V>;
}

/** What `setup` and the handlers that it returns can use. */
export interface DeviceContext<B extends readonly BarSpec[] = readonly BarSpec[]> extends HandlerContext {
  /** The registers of all BARs by name. The device's own stores take no notice of access masks. */
  readonly regs: Registers<B>;
  /** What the `save` handler of this device's code before it was edited returned; undefined at the first start. */
  readonly saved: unknown;
}
