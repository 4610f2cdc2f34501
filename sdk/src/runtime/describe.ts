import type { DeviceMap, DeviceMapField, DeviceMapRegister } from '@pciem/capture';
import { capabilityRegisters } from '@pciem/capture/config-names';
import type { BarSpec } from '../bars.ts';
import type { FunctionLayout } from '../compile/layout.ts';
import type { FieldMap } from '../fields.ts';
import { type RegisterMap, type RegisterSpec, registerAliases } from '../registers.ts';
import { SPACE_CONFIG, SPACE_ROM } from '../spaces.ts';

/** Where the function is on the bus. */
export interface FunctionAddress {
  readonly domain: number;
  readonly bus: number;
  readonly device: number;
}

/** The device map of a function: what a capture needs to name its registers. */
export function describeFunction(
  name: string,
  { identity, bars, config, msix, romSize, spaces }: FunctionLayout,
  address: FunctionAddress & { readonly function: number },
): DeviceMap {
  const image = spaces.get(SPACE_CONFIG)?.image;
  return {
    name,
    domain: address.domain,
    bus: address.bus,
    device: address.device,
    function: address.function,
    vendor: identity.vendor,
    deviceId: identity.device,
    subsystemVendor: identity.subsystemVendor ?? identity.vendor,
    subsystem: identity.subsystem ?? identity.device,
    class: identity.class,
    revision: identity.revision ?? 0,
    bars: [
      ...bars.map(({ index, size, kind, bits, prefetchable }) => ({ index, size, kind, bits, prefetchable })),
      ...(romSize > 0
        ? [{ index: SPACE_ROM, size: romSize, kind: 'trapped' as const, bits: 32 as const, prefetchable: false }]
        : []),
    ],
    registers: [
      ...bars.flatMap(barRegisters),
      ...describeRegisters(SPACE_CONFIG, config),
      ...(image ? capabilityRegisters(image) : []),
    ],
    ...(msix && { msix: { bar: msix.bar, table: msix.table, pba: msix.pba, vectors: msix.vectors } }),
  };
}

function barRegisters(bar: BarSpec): DeviceMapRegister[] {
  const contents = Object.values(bar.ranges).flatMap((range) =>
    range.contents.map(({ fields, ...item }) => ({
      ...item,
      ...(fields && fields.length > 0 && { fields: [...fields] }),
      space: bar.index,
      offset: range.offset + item.offset,
    })),
  );
  return [...describeRegisters(bar.index, bar.registers), ...contents];
}

function describeRegisters(space: number, registers: RegisterMap): DeviceMapRegister[] {
  return Object.entries(registers).flatMap(([name, register]) => [
    describeRegister(space, name, register),
    ...registerAliases(register).map(([alias, there]) => describeRegister(space, alias, there)),
  ]);
}

function describeRegister(space: number, name: string, register: RegisterSpec): DeviceMapRegister {
  const { offset, width, array, role, fields } = register;
  return {
    space,
    offset,
    width: width / 8,
    name: array ? `${name}{n}` : name,
    ...array,
    ...(role && { role }),
    ...(Object.keys(fields).length > 0 && { fields: describeFields(fields) }),
  };
}

function describeFields(fields: FieldMap): DeviceMapField[] {
  return Object.entries(fields).map(([name, { lsb, msb }]) => ({ name, lsb, msb }));
}
