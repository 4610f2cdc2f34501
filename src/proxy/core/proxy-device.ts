import {
  type AnyDeviceSpec,
  type BarSpec,
  bar,
  type DeviceContext,
  type DeviceDefinition,
  defineDevice,
  deviceSpec,
  type Handlers,
  type RangeItem,
  type RangeSpec,
  type RegisterMap,
  range,
  reg32,
  ro,
} from '@pciem/sdk';
import { type Contents, InnerDevice } from './inner-device.ts';
import { ModelProxy, type ProxyParts } from './proxy.ts';
import { RegisterNames } from './register-names.ts';

/** Options of a proxied device are its own schema's business. */
const anyOptions = {
  '~standard': { validate: (value: unknown) => ({ value: value as Readonly<Record<string, unknown>> }) },
};

/** Makes the device behind a proxy, for other hosts of it. */
type MakeInner = (definition: DeviceDefinition, options: Readonly<Record<string, unknown>>) => InnerDevice;

/**
 * A device that stands before another one: every access of the driver goes through its sources first, then to the device
 * behind. Its identity, BARs, capabilities and configuration space are those of the device behind.
 */
export function proxyDevice(
  behind: DeviceDefinition,
  contents: Contents,
  parts: ProxyParts,
  makeInner: MakeInner = (definition, options) => new InnerDevice(definition, options, contents),
): DeviceDefinition {
  return defineDevice({
    name: behind.name,
    ...(behind.summary === undefined ? {} : { summary: behind.summary }),
    options: anyOptions,
    device: (options) => proxySpec(behind, makeInner(behind, options), contents, parts),
  });
}

function proxySpec(behind: DeviceDefinition, inner: InnerDevice, contents: Contents, parts: ProxyParts): AnyDeviceSpec {
  const spec = behind.build(inner.instance.options as never);
  const names = new RegisterNames(inner.instance.describe(0, { domain: 0, bus: 0, device: 0 }));
  const bars = spec.bars.map((each) => forwardedBar(each, inner, contents.constants?.get(each.index)));
  return deviceSpec({
    identity: spec.identity,
    bars,
    ...(spec.rom && { rom: spec.rom }),
    config: toldOfWrites(spec.config ?? {}, inner),
    ...(spec.capabilities && { capabilities: spec.capabilities }),
    ...(spec.interrupts && { interrupts: spec.interrupts }),
    ...(spec.rawConfig && { rawConfig: spec.rawConfig }),
    ...(spec.rom !== undefined && { rom: spec.rom }),
    setup: (ctx: DeviceContext) => handlersOf(new ModelProxy(inner, names, ctx, parts), bars),
  }) as AnyDeviceSpec;
}

function handlersOf(proxy: ModelProxy, bars: readonly BarSpec[]): Handlers {
  const read: Record<string, unknown> = {};
  const write: Record<string, unknown> = {};
  for (const { index, ranges } of bars) {
    for (const [name, { offset: start }] of Object.entries(ranges)) {
      read[name] = (offset: number, size: number) => proxy.read(index, start + offset, size);
      write[name] = (offset: number, value: number) => proxy.write(index, start + offset, value);
    }
  }
  return {
    read,
    write,
    reset: (kind) => proxy.reset(kind),
    power: (state) => proxy.power(state),
    drained: () => proxy.drained(),
    pending: () => proxy.pending,
    idle: () => proxy.idle(),
    stop: () => proxy.stop(),
  };
}

/** All of a BAR as ranges, but for constants, and for the MSI-X structures that the host serves. */
function forwardedBar(spec: BarSpec, inner: InnerDevice, constants: ReadonlyMap<number, number> = new Map()): BarSpec {
  if (spec.kind === 'ram') return spec;
  const { index, size, kind, bits, prefetchable } = spec;
  const items = itemsOf(inner, index);
  const registers = plainRegisters(items, constants);
  const plain = Object.values(registers).map(({ offset }): [number, number] => [offset, offset + 4]);
  const ranges: Record<string, RangeSpec> = {};
  for (const [from, to] of between([...msixPlaces(inner, index), ...plain], size)) {
    const contents = items
      .filter(({ offset }) => offset >= from && offset < to)
      .map((item) => ({ ...item, offset: item.offset - from }));
    ranges[from === 0 ? `BAR${index}` : `BAR${index}_${from.toString(16)}`] = range(from, {
      length: to - from,
      contents,
    });
  }
  return bar(index, { size, kind, bits, prefetchable, registers, ranges });
}

function itemsOf(inner: InnerDevice, index: number): RangeItem[] {
  const { registers } = inner.instance.describe(0, { domain: 0, bus: 0, device: 0 });
  return registers.filter(({ space }) => space === index).map(({ space: _, ...item }) => item as RangeItem);
}

/** Constants as registers; those stay forwarded that are a part of something larger. */
function plainRegisters(items: readonly RangeItem[], constants: ReadonlyMap<number, number>): RegisterMap {
  const registers: Record<string, RegisterMap[string]> = {};
  for (const [offset, reset] of constants) {
    const inside = items.filter((item) => item.offset < offset + 4 && endOf(item) > offset);
    const [item] = inside;
    if (!item) registers[`constant_${offset.toString(16)}`] = reg32(offset, { access: 'ro', reset });
    else if (inside.length === 1 && item.offset === offset && endOf(item) === offset + 4) {
      const fields = (item.fields ?? []).map(({ name, lsb, msb }) => [name, ro(lsb, msb)] as const);
      registers[item.name] = reg32(offset, { access: 'ro', reset, fields: Object.fromEntries(fields) });
    }
  }
  return registers;
}

function endOf({ offset, width, count = 1, stride = width }: RangeItem): number {
  return offset + (count - 1) * stride + width;
}

function msixPlaces({ layout: { msix } }: InnerDevice, index: number): [number, number][] {
  if (msix?.bar !== index) return [];
  return [
    [msix.table, msix.table + 16 * msix.vectors],
    [msix.pba, msix.pba + 8 * Math.ceil(msix.vectors / 64)],
  ];
}

/** What is left of a BAR. */
function between(taken: [number, number][], size: number): [number, number][] {
  taken.sort(([a], [b]) => a - b);
  const free: [number, number][] = [];
  let at = 0;
  for (const [from, to] of [...taken, [size, size] as [number, number]]) {
    if (from > at) free.push([at, from]);
    at = Math.max(at, to);
  }
  return free;
}

/** The device's own registers in configuration space: it is told of writes there as if it were alone. */
function toldOfWrites(config: RegisterMap, inner: InnerDevice): RegisterMap {
  const wrapped: Record<string, RegisterMap[string]> = {};
  for (const [name, register] of Object.entries(config)) {
    const write = register.array
      ? (_index: number, value: number | bigint, ctx: DeviceContext) => tell(inner, value, ctx)
      : (value: number | bigint, ctx: DeviceContext) => tell(inner, value, ctx);
    wrapped[name] = { ...register, handlers: { write: write as never } };
  }
  return wrapped;
}

function tell(inner: InnerDevice, value: number | bigint, { access }: DeviceContext): void {
  inner.configWritten(access.offset, access.size, Number(value));
}
