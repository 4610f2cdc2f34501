import {
  type BarKind,
  CONFIG_BYTES,
  type FieldMap,
  type Identity,
  type RegisterAccess,
  type RegisterMap,
  SPACE_CONFIG,
} from '@pciem/sdk';
import type { DeviceEntry } from './device-entry.ts';
import { describeInterrupts, type InterruptDescription } from './interrupts.ts';
import { loadForInspection } from './load.ts';
import { describeOptions, type OptionDescription } from './options.ts';

/** A device as `pciem devices show` tells of it. All numbers are numbers, except 64-bit reset values: text in hex. */
export interface DeviceDescription {
  name: string;
  summary: string;
  entry: string;
  apiVersion: number;
  options: OptionDescription[];
  /** Empty if the device cannot be built without options. */
  functions: FunctionDescription[];
  /** Why not. */
  missing: readonly string[];
}

export interface FunctionDescription {
  function: number;
  identity: Required<Identity>;
  interrupts: InterruptDescription;
  bars: BarDescription[];
  /** Bytes of the expansion ROM; 0 if there is none. */
  romSize: number;
  /** In configuration space, offsets from its start. */
  config: RegisterDescription[];
}

export interface BarDescription {
  index: number;
  /** Bytes. */
  size: number;
  /** `ram`: memory that driver and device share; no access to it is seen. `io`: in I/O space. */
  kind: BarKind;
  bits: 32 | 64;
  prefetchable: boolean;
  registers: RegisterDescription[];
}

export interface RegisterDescription {
  name: string;
  /** Bytes from the start of the BAR; of the first one of an array. */
  offset: number;
  /** Bits; undefined for a range. */
  width?: number;
  /** Bytes of a range. */
  length?: number;
  access: RegisterAccess | 'memory' | 'handlers';
  reset?: string;
  count?: number;
  /** Bytes from one register of an array to the next. */
  stride?: number;
  fields: FieldDescription[];
}

export interface FieldDescription {
  name: string;
  lsb: number;
  msb: number;
  access: string;
  reset: number;
}

/** Loads a device and describes it for some options (as typed). Throws as `loadForInspection` does. */
export async function describeDevice(
  device: DeviceEntry,
  settings: Readonly<Record<string, string>>,
): Promise<DeviceDescription> {
  const { definition, instance, missing } = await loadForInspection(device, settings);
  return {
    name: definition.name,
    summary: definition.summary ?? device.summary,
    entry: device.entry,
    apiVersion: definition.apiVersion,
    options: describeOptions(definition.options, Object.keys(settings).length === 0 ? instance?.options : undefined),
    functions: (instance?.functions ?? []).map(({ layout }, number) => ({
      function: number,
      identity: completeIdentity(layout.identity),
      interrupts: describeInterrupts(
        layout.spaces.get(SPACE_CONFIG)?.image ?? new DataView(new ArrayBuffer(CONFIG_BYTES)),
      ),
      bars: layout.bars.map(({ index, size, kind, bits, prefetchable, registers, ranges }) => ({
        index,
        size,
        kind,
        bits,
        prefetchable,
        registers: [...describeRegisters(registers), ...describeRanges(ranges)].sort((a, b) => a.offset - b.offset),
      })),
      romSize: layout.romSize,
      config: describeRegisters(layout.config),
    })),
    missing,
  };
}

function completeIdentity(identity: Identity): Required<Identity> {
  const { vendor, device, revision = 0, subsystemVendor = vendor, subsystem = device } = identity;
  return { vendor, device, class: identity.class, revision, subsystemVendor, subsystem };
}

function describeRegisters(registers: RegisterMap): RegisterDescription[] {
  return Object.entries(registers).map(([name, { offset, width, access, reset, array, fields }]) => ({
    name,
    offset,
    width,
    access,
    reset: `0x${resetOf(reset, fields).toString(16)}`,
    ...(array && { count: array.count, stride: array.stride }),
    fields: Object.entries(fields).map(([field, { lsb, msb, access, reset }]) => ({
      name: field,
      lsb,
      msb,
      access,
      reset,
    })),
  }));
}

/** The reset values of fields are put into that of the register. */
function resetOf(reset: number | bigint, fields: FieldMap): bigint {
  return Object.values(fields).reduce((value, { lsb, reset }) => value | (BigInt(reset) << BigInt(lsb)), BigInt(reset));
}

type Ranges = Readonly<Record<string, { offset: number; length: number; memory: boolean }>>;

function describeRanges(ranges: Ranges): RegisterDescription[] {
  return Object.entries(ranges).map(([name, { offset, length, memory }]) => ({
    name,
    offset,
    length,
    access: memory ? 'memory' : 'handlers',
    fields: [],
  }));
}
