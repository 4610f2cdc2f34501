import { type BarIndex, type BarSpec, bar, type RangeItem, range } from '../bars.ts';
import type { CapabilitySpec } from '../capabilities/capability.ts';
import { checkBarContents } from '../compile/check-bar.ts';
import type { HandlerContext } from '../context.ts';
import { type DeviceDefinition, defineDevice, type Identity, type Interrupts } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { barSpecOf } from './bars.ts';
import { type PlacedRegister, RegisterLookup } from './lookup.ts';
import { PlainMemory } from './plain-memory.ts';
import type { MapBar, MapRegister, RegisterMap } from './types.ts';

/** An access by the driver. One object, changed from access to access: do not keep it. */
export interface MapAccess {
  readonly kind: 'read' | 'write';
  readonly bar: number;
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  /** Bytes; an access of 8 comes as two of 4, low first. */
  readonly size: 1 | 2 | 4;
  /** What has been written, or what is read: a handler may change that, and the driver gets it. */
  value: number;
  /** The register of the first byte, if there is one. */
  readonly register: PlacedRegister | undefined;
}

export interface MapDeviceOptions {
  /** Instead of the map's. */
  readonly name?: string;
  /** Adds to or replaces the map's; vendor, device and class have to come from one of the two. */
  readonly identity?: Partial<Identity>;
  /** Instead of the map's. */
  readonly interrupts?: Interrupts;
  /** Power management and PCI Express when left out. */
  readonly capabilities?: readonly CapabilitySpec[];
  /** What bytes that belong to no register do: read zero, or keep what is written. `zero` when left out. */
  readonly unmapped?: 'zero' | 'memory';
  /**
   * Told of every access after the registers have seen it. With it the device answers each read itself; without it the
   * host answers them from the registers.
   */
  readonly onAccess?: (access: MapAccess, ctx: HandlerContext) => void;
}

/**
 * A device whose registers behave as the map says and do nothing else. Throws a DeviceDefinitionError if the map does
 * not fit a device.
 */
export function deviceFromMap(map: RegisterMap, options: MapDeviceOptions = {}): DeviceDefinition {
  const { onAccess, capabilities, unmapped = 'zero' } = options;
  if (unmapped === 'memory' && !onAccess) {
    throw new DeviceDefinitionError('deviceFromMap: unmapped bytes can be memory only together with onAccess');
  }
  const interrupts = options.interrupts ?? map.interrupts;
  return defineDevice({
    name: options.name ?? map.name,
    ...(map.summary !== undefined && { summary: map.summary }),
    identity: identityOf(map, options.identity),
    bars: map.bars.map(onAccess ? watchedBar : barSpecOf),
    ...(interrupts && { interrupts }),
    ...(capabilities && { capabilities }),
    setup: () => (onAccess ? watch(map, unmapped, onAccess) : {}) as never,
  });
}

/** A BAR whose accesses all come to the device, which holds the registers itself. */
function watchedBar(source: MapBar): BarSpec {
  const { index, size, bits = 32, prefetchable = false, registers } = source;
  // The checks of the declaration itself.
  checkBarContents(barSpecOf(source), undefined);
  const everything = range(0, { length: size, contents: registers.flatMap(rangeItems) });
  return bar(index as BarIndex, { size, bits, prefetchable, ranges: { [rangeName(index)]: everything } });
}

function watch(map: RegisterMap, unmapped: 'zero' | 'memory', onAccess: NonNullable<MapDeviceOptions['onAccess']>) {
  const watchers = map.bars.map((source) => new BarWatcher(source, unmapped, onAccess));
  const byName = <T>(handler: (watcher: BarWatcher) => T) =>
    Object.fromEntries(watchers.map((watcher) => [rangeName(watcher.index), handler(watcher)]));
  return {
    read: byName(({ read }) => read),
    write: byName(({ write }) => write),
    reset() {
      for (const { memory } of watchers) memory.reset();
    },
  };
}

/** Holds the registers of a BAR and tells of every access. */
class BarWatcher {
  readonly index: number;
  readonly memory: PlainMemory;
  readonly #lookup: RegisterLookup;
  readonly #onAccess: NonNullable<MapDeviceOptions['onAccess']>;
  readonly #access: { -readonly [K in keyof MapAccess]: MapAccess[K] };

  constructor(source: MapBar, unmapped: 'zero' | 'memory', onAccess: NonNullable<MapDeviceOptions['onAccess']>) {
    this.index = source.index;
    this.memory = new PlainMemory(barSpecOf(source), unmapped);
    this.#lookup = new RegisterLookup(source);
    this.#onAccess = onAccess;
    this.#access = { kind: 'read', bar: source.index, offset: 0, size: 4, value: 0, register: undefined };
  }

  read = (offset: number, size: number, ctx: HandlerContext): number =>
    this.#tell('read', offset, size, this.memory.read(offset, size), ctx);

  write = (offset: number, value: number, ctx: HandlerContext): void => {
    this.memory.write(offset, ctx.access.size, value);
    this.#tell('write', offset, ctx.access.size, value, ctx);
  };

  #tell(kind: MapAccess['kind'], offset: number, size: number, value: number, ctx: HandlerContext): number {
    const access = this.#access;
    access.kind = kind;
    access.offset = offset;
    access.size = size as MapAccess['size'];
    access.value = value;
    access.register = this.#lookup.at(offset);
    this.#onAccess(access, ctx);
    return access.value;
  }
}

function rangeName(index: number): string {
  return `BAR${index}`;
}

function rangeItems(register: MapRegister): RangeItem[] {
  const aliases = Object.entries(register.aliases ?? {});
  return [rangeItem(register), ...aliases.map(([name, offset]) => rangeItem({ ...register, name, offset }))];
}

function rangeItem({ name, offset, width, count, stride, fields }: MapRegister): RangeItem {
  return {
    name: count === undefined ? name : `${name}{n}`,
    offset,
    width: (width / 8) as RangeItem['width'],
    ...(count !== undefined && { count }),
    ...(stride !== undefined && { stride }),
    fields: fields.map(({ name, lsb, msb }) => ({ name, lsb, msb })),
  };
}

function identityOf(map: RegisterMap, given: Partial<Identity> = {}): Identity {
  const identity = { ...map.identity, ...given };
  const missing = (['vendor', 'device', 'class'] as const).filter((key) => identity[key] === undefined);
  if (missing.length === 0) return identity as Identity;
  throw new DeviceDefinitionError(
    `register map ${map.name}: it does not say ${missing.map((key) => `identity.${key}`).join(', ')}; add that to the map`,
  );
}
