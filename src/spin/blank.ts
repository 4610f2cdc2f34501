import { fileURLToPath } from 'node:url';
import { isRegisterMapError, loadRegisterMap, type RegisterMap } from '@pciem/sdk/maps';
import { Failure, messageOf, UsageFailure } from '../errors.ts';
import { fromJson, toJson } from '../plain-json.ts';
import type { RunDevice } from '../run/request.ts';
import { siblingModule } from '../sibling-module.ts';

/** A device without code, as the command line describes it. */
export interface BlankRequest {
  /** `1234:0001`. */
  id: string | undefined;
  /** `ff0000`. */
  class: string | undefined;
  /** `0:4K`, `2:16M,64,prefetch`. */
  bars: readonly string[];
  /** File of a register map. */
  map: string | undefined;
  /** CMSIS-SVD: which peripherals of the map. */
  peripherals: readonly string[] | undefined;
  /** MSI-X vectors. */
  interrupts: number | undefined;
}

/** What the module of the blank device is given. */
export interface BlankSpec {
  map: RegisterMap;
  /** Whether bytes that belong to no register keep what is written. */
  unmapped: 'zero' | 'memory';
}

type Identity = NonNullable<RegisterMap['identity']>;
type MapBar = RegisterMap['bars'][number];

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20 };

/** Throws a UsageFailure that names the value and the fix. */
export async function planBlank(request: BlankRequest): Promise<RunDevice> {
  const map = request.map === undefined ? undefined : await load(request.map, request.peripherals);
  const bars = request.bars.map(parseBar);
  if (!map && bars.length === 0) {
    throw new UsageFailure('What BARs shall the device have?', ['Add --bar 0:4K, or --map FILE with a register map']);
  }
  const spec: BlankSpec = {
    map: {
      name: map?.name ?? 'spin',
      ...(map?.summary !== undefined && { summary: map.summary }),
      identity: identityOf(request, map),
      ...(request.interrupts === undefined
        ? map?.interrupts && { interrupts: map.interrupts }
        : { interrupts: { msix: request.interrupts } }),
      bars: mergeBars(map?.bars ?? [], bars),
    },
    unmapped: map ? 'zero' : 'memory',
  };
  const entry = fileURLToPath(siblingModule('blank-device', import.meta.url));
  const { name, summary = '' } = spec.map;
  return { device: { name, entry, summary }, label: name, settings: { spec: encodeSpec(spec) } };
}

/** As text, since options are; values that no number holds in hexadecimal. */
export function encodeSpec(spec: BlankSpec): string {
  return toJson(spec);
}

export function decodeSpec(text: string): BlankSpec {
  return fromJson(text) as BlankSpec;
}

async function load(file: string, peripherals: readonly string[] | undefined): Promise<RegisterMap> {
  try {
    return await loadRegisterMap(file, peripherals && { peripherals });
  } catch (error) {
    if (!isRegisterMapError(error)) throw new UsageFailure(`--map ${file}: ${messageOf(error)}`);
    throw new Failure(`The register map cannot be used: ${error.problems[0]}`, error.problems.slice(1));
  }
}

function identityOf(request: BlankRequest, map: RegisterMap | undefined): Identity {
  const id = request.id === undefined ? map?.identity : parseId(request.id);
  const classCode = request.class === undefined ? map?.identity?.class : parseClass(request.class);
  if (!id)
    throw new UsageFailure('Which ids shall the device have?', ['Add --id VENDOR:DEVICE, such as --id 1234:0001']);
  if (classCode === undefined) {
    throw new UsageFailure('Which class shall the device have?', ['Add --class CODE, such as --class ff0000']);
  }
  return { ...map?.identity, ...id, class: classCode };
}

function parseId(text: string): { vendor: number; device: number } {
  const [, vendor, device] = /^([0-9a-f]{4}):([0-9a-f]{4})$/i.exec(text) ?? [];
  if (vendor !== undefined && device !== undefined) {
    return { vendor: Number.parseInt(vendor, 16), device: Number.parseInt(device, 16) };
  }
  throw new UsageFailure(`--id ${text}: not of the form VENDOR:DEVICE, four hexadecimal digits each`, [
    'For example: --id 1234:0001',
  ]);
}

function parseClass(text: string): number {
  if (/^(0x)?[0-9a-f]{6}$/i.test(text)) return Number.parseInt(text, 16);
  throw new UsageFailure(`--class ${text}: not six hexadecimal digits (class, subclass, programming interface)`, [
    'For example: --class ff0000',
  ]);
}

function parseBar(text: string): MapBar {
  const [place = '', ...words] = text.split(',');
  const [, index, digits, unit = ''] = /^([0-5]):([0-9]+)([KM]?)(?:i?B)?$/i.exec(place) ?? [];
  const unknown = words.find((word) => !['32', '64', 'prefetch'].includes(word));
  if (index === undefined || unknown !== undefined) {
    const what = unknown === undefined ? 'not of the form NUMBER:SIZE' : `'${unknown}' is not 32, 64 or prefetch`;
    throw new UsageFailure(`--bar ${text}: ${what}`, ['For example: --bar 0:4K, or --bar 2:16M,64,prefetch']);
  }
  const size = Number(digits) * (UNITS[unit.toUpperCase()] ?? 1);
  if (size < 4096 || !Number.isInteger(Math.log2(size))) {
    throw new UsageFailure(`--bar ${text}: the size ${size} is not a power of two from 4K on`);
  }
  const bits = words.includes('64') ? 64 : 32;
  return { index: Number(index), size, bits, prefetchable: words.includes('prefetch'), registers: [] };
}

/** `--bar` adds a BAR to the map, or says how one of the map's is. */
function mergeBars(mapped: readonly MapBar[], given: readonly MapBar[]): MapBar[] {
  const bars = new Map(mapped.map((bar) => [bar.index, bar]));
  for (const bar of given) bars.set(bar.index, { ...bar, registers: bars.get(bar.index)?.registers ?? [] });
  return [...bars.values()].sort((a, b) => a.index - b.index);
}
