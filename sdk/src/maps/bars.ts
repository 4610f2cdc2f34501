import { type BarIndex, type BarSpec, bar } from '../bars.ts';
import type { FieldMap } from '../fields.ts';
import type { RegisterSpec, RegisterMap as Registers } from '../registers.ts';
import type { MapBar, MapField, MapRegister } from './types.ts';

/** Names that a register's accessor has for itself; a field of such a name gets an underscore. */
const TAKEN = new Set(['value', 'low', 'high', 'setBits', 'clearBits', 'add']);

/** A BAR with plain registers, as a device declares them. */
export function barSpecOf(source: MapBar): BarSpec {
  const registers: Registers = Object.fromEntries(source.registers.map((register) => [register.name, spec(register)]));
  return bar(source.index as BarIndex, {
    size: source.size,
    bits: source.bits ?? 32,
    prefetchable: source.prefetchable ?? false,
    registers,
  });
}

function spec(register: MapRegister): RegisterSpec {
  const { offset, width, count } = register;
  return {
    width,
    offset,
    array: count === undefined ? undefined : { count, stride: register.stride ?? width / 8 },
    reset: register.reset,
    access: register.access,
    fields: fieldMap(register),
    relaxed: false,
    role: undefined,
    aliases: register.aliases ?? {},
    handlers: {},
  };
}

function fieldMap({ fields, access }: MapRegister): FieldMap {
  return Object.fromEntries(fields.map((field) => [fieldName(field), { ...field, ...fieldDefaults(field, access) }]));
}

function fieldName({ name }: MapField): string {
  return TAKEN.has(name) ? `${name}_` : name;
}

function fieldDefaults(field: MapField, access: MapRegister['access']) {
  return { access: field.access ?? access, reset: field.reset ?? 0 };
}
