import type { BarSpec } from './bars.ts';
import type { CapabilitySpec } from './capabilities/capability.ts';
import type { MsiOptions } from './capabilities/msi.ts';
import { checkSpec } from './compile/check.ts';
import type { RawConfig } from './config/raw-config.ts';
import type { DeviceContext } from './context.ts';
import type { NoOptions, OptionsInput, OptionsSchema, ParsedOptions } from './options.ts';
import type { NamesOf, ReadHandlers, Spaces, WriteHandlers } from './register-types.ts';
import type { RegisterMap } from './registers.ts';
import type { RomSource } from './rom.ts';

/** Marks a device definition, across copies of the SDK. */
export const DEVICE_BRAND: unique symbol = Symbol.for('pciem.device');
/** Raised when definitions have to change to keep working. */
export const API_VERSION = 1;

/** Who the function says it is (PCIe 6.0 7.5.1.1). */
export interface Identity {
  /** 16 bits. */
  readonly vendor: number;
  /** 16 bits. */
  readonly device: number;
  /** 24 bits: base class << 16 | subclass << 8 | programming interface. */
  readonly class: number;
  /** 8 bits; 0 when left out. */
  readonly revision?: number;
  /** 16 bits; `vendor` when left out. */
  readonly subsystemVendor?: number;
  /** 16 bits; `device` when left out. */
  readonly subsystem?: number;
}

export interface Interrupts {
  /** Number of MSI-X vectors, 1 to 2048. Table and PBA get a BAR of their own. */
  readonly msix?: number;
  /** Number of MSI vectors: 1, 2, 4, 8, 16 or 32; each can be masked. */
  readonly msi?: MsiOptions['vectors'];
  /** Interrupt pin, for `irq.assert` and `irq.deassert`. */
  readonly intx?: 'A' | 'B' | 'C' | 'D';
}

/** `flr`: function level reset. `bus`: secondary bus reset. `d3`: back from D3hot without No_Soft_Reset. */
export type ResetKind = 'flr' | 'bus' | 'd3';

/** Power state of a function. */
export type PowerState = 'D0' | 'D1' | 'D2' | 'D3hot';

/** What `setup` returns. */
export interface Handlers<B extends readonly BarSpec[] = readonly BarSpec[]> {
  read?: ReadHandlers<B>;
  write?: WriteHandlers<B>;
  /** The function has been reset: registers have their reset values already. */
  reset?: (kind: ResetKind, ctx: DeviceContext<B>) => void;
  /** The driver has put the function into another power state (PCIe 6.0 5.3.1). Its registers answer only in D0. */
  power?: (state: PowerState, ctx: DeviceContext<B>) => void;
  /**
   * A batch of accesses has been handled: the host has no more at hand, or lets others have their turn. For work that is
   * better done once for many doorbells than at each, such as a DMA transfer. The driver's reads of ordered registers
   * do not wait for it.
   */
  drained?: () => void;
  /**
   * Whether there is work that no access tells of: what the driver has left in memory without a write to a register
   * (shadow doorbells, virtio's available ring), or what `drained` has not got to. While it is true `drained` is called.
   * The host asks all the time while it is awake, so it has to be cheap, and must not wait for anything.
   */
  pending?: () => boolean;
  /**
   * The host is about to sleep until the next access: have the driver write to a register for what comes from now on.
   * Then `pending` is asked once more.
   */
  idle?: () => void;
  /**
   * The device's code is about to be replaced while it stays plugged (`--watch`): what this returns is `ctx.saved` for
   * the `setup` of the new code. Registers keep their values anyway. `stop` comes next.
   */
  save?: () => unknown;
  /** The device has left the bus, or other code takes over: close files and timers. */
  stop?: () => void;
}

export type Setup<B extends readonly BarSpec[]> = (ctx: DeviceContext<B>) => Handlers<B>;

/** A device as data, plus its handlers. */
export interface DeviceSpec<
  B extends readonly BarSpec[] = readonly BarSpec[],
  S = unknown,
  C extends RegisterMap = RegisterMap,
> {
  readonly identity: Identity;
  readonly bars: B;
  /**
   * Expansion ROM: its bytes, or a path or URL of a file (`new URL('./option.rom', import.meta.url)`). The driver reads it
   * when it has enabled it; Linux takes one that begins as PCI Firmware 3.3 5.1.1 says, `55 aa`.
   */
  readonly rom?: RomSource;
  /** Registers of its own in configuration space, behind the header; offsets from the start of that. No read handlers. */
  readonly config?: C;
  /** Power management and PCI Express when left out; MSI-X is added as `interrupts` says. */
  readonly capabilities?: readonly CapabilitySpec[];
  readonly interrupts?: Interrupts;
  /** Configuration space byte by byte, instead of `config`, `capabilities` and MSI-X of `interrupts`. */
  readonly rawConfig?: RawConfig;
  /** Functions 1 to 7 of a multi-function device, each as `deviceSpec` makes it; this is function 0. */
  readonly functions?: readonly DeviceSpec<readonly BarSpec[], (ctx: never) => object>[];
  /** Runs once, before the device is plugged. The device's state lives in its closure. */
  readonly setup?: S;
}

/** A device spec whose types have been checked and may be forgotten. */
export type AnyDeviceSpec = DeviceSpec<readonly BarSpec[], (ctx: never) => object>;

/** `Input`: the options that the device takes, for those who plug it in TypeScript. */
export interface DeviceDefinition<Input = unknown> {
  readonly [DEVICE_BRAND]: true;
  readonly apiVersion: number;
  readonly name: string;
  readonly summary: string | undefined;
  /** Schema of the options; none: the device takes no options. */
  readonly options: OptionsSchema<unknown, Input> | undefined;
  /** The device for options that the schema has let through. */
  build(options: never): AnyDeviceSpec;
}

type KeysOf<H, P extends string> = H extends unknown ? (P extends keyof H ? keyof NonNullable<H[P]> : never) : never;
type UnknownNames<H, B extends readonly BarSpec[]> =
  | Exclude<H extends unknown ? keyof H : never, keyof Handlers>
  | Exclude<KeysOf<H, 'read'> | KeysOf<H, 'write'>, NamesOf<B>>;
/** TypeScript checks no excess properties in what a function returns, so that a misspelt handler would pass. */
type CheckNames<S, B extends readonly BarSpec[]> = S extends (...args: never[]) => infer H
  ? [UnknownNames<H, B>] extends [never]
    ? unknown
    : { setup: `no register or range is called ${UnknownNames<H, B> & string}` }
  : unknown;

interface Named {
  /** Short, lower case, as on the command line. */
  readonly name: string;
  /** One line for lists. */
  readonly summary?: string;
}

/** Form B: the structure of the device depends on its options. */
export function defineDevice<O extends OptionsSchema>(
  definition: Named & { readonly options: O; readonly device: (options: ParsedOptions<O>) => AnyDeviceSpec },
): DeviceDefinition<OptionsInput<O>>;
/** Form A: the device is fixed. */
export function defineDevice<
  const B extends readonly BarSpec[],
  const C extends RegisterMap = Record<never, never>,
  S extends Setup<Spaces<B, C>> = Setup<Spaces<B, C>>,
>(definition: Named & DeviceSpec<B, S, C> & CheckNames<S, Spaces<B, C>>): DeviceDefinition<NoOptions>;
export function defineDevice(
  definition: Named & (DeviceSpec | { options: OptionsSchema; device: (options: never) => AnyDeviceSpec }),
): DeviceDefinition {
  const common = {
    [DEVICE_BRAND]: true,
    apiVersion: API_VERSION,
    name: definition.name,
    summary: definition.summary,
  } as const;
  if ('device' in definition) {
    return { ...common, options: definition.options, build: definition.device };
  }
  const spec = definition as AnyDeviceSpec;
  checkSpec(definition.name, spec);
  return { ...common, options: undefined, build: () => spec };
}

/** The structure of a form B device; typed and checked as a form A device is. */
export function deviceSpec<
  const B extends readonly BarSpec[],
  const C extends RegisterMap = Record<never, never>,
  S extends Setup<Spaces<B, C>> = Setup<Spaces<B, C>>,
>(spec: DeviceSpec<B, S, C> & CheckNames<S, Spaces<B, C>>): AnyDeviceSpec {
  return spec as unknown as AnyDeviceSpec;
}

/** Whether a module's export is a device definition of any version of the SDK. */
export function isDeviceDefinition(value: unknown): value is DeviceDefinition {
  return typeof value === 'object' && value !== null && DEVICE_BRAND in value && value[DEVICE_BRAND] === true;
}
