import type { BarSpec, DeviceInstance, FieldSpec, RangeSpec, RegisterSpec } from '@pciem/sdk';
import type { MapBar, MapField, MapRegister, RegisterMap } from '@pciem/sdk/maps';

const MAX_BAR = 16 * 1024 * 1024;

/** The registers of a device as a map: their names, reset values and access, without what the device does. */
export function mapOfDevice(instance: DeviceInstance): RegisterMap {
  const [fn] = instance.functions;
  if (!fn) throw new Error('a device has at least one function');
  const { identity, bars, msix } = fn.layout;
  return {
    name: instance.name,
    identity,
    bars: bars.map(barOf),
    ...(msix && { interrupts: { msix: msix.vectors } }),
  };
}

function barOf({ index, size, bits, prefetchable, registers, ranges }: BarSpec): MapBar {
  const own = Object.entries(registers).map(([name, spec]) => registerOf(name, spec));
  return {
    index,
    // Memory that is not trapped may be larger.
    size: Math.min(size, MAX_BAR),
    bits,
    prefetchable,
    registers: [...own, ...Object.values(ranges).flatMap(itemsOf)],
  };
}

function registerOf(name: string, { offset, width, array, reset, access, fields }: RegisterSpec): MapRegister {
  return {
    name,
    offset,
    width,
    reset: resetOf(reset, fields),
    access,
    fields: Object.entries(fields).map(fieldOf),
    ...(array && { count: array.count, stride: array.stride }),
  };
}

function fieldOf([name, { lsb, msb, access, reset }]: [string, FieldSpec]): MapField {
  return { name, lsb, msb, access, ...(reset !== 0 && { reset }) };
}

/** Reset values of fields are put into that of the register, as maps have it. */
function resetOf(reset: number | bigint, fields: Readonly<Record<string, FieldSpec>>): number | bigint {
  let value = BigInt(reset);
  for (const { lsb, reset: bits } of Object.values(fields)) value |= BigInt(bits) << BigInt(lsb);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** What a range says of its registers: they keep what is written. */
function itemsOf({ offset: start, contents }: RangeSpec): MapRegister[] {
  return contents.map(({ name, offset, width, count, stride, fields = [] }) => ({
    name: name.replaceAll('{n}', ''),
    offset: start + offset,
    width: (width * 8) as MapRegister['width'],
    reset: 0,
    access: 'rw',
    fields: fields.map(({ name: field, lsb, msb }) => ({ name: field, lsb, msb })),
    ...(count !== undefined && { count, stride: stride ?? width }),
  }));
}
