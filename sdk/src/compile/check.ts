import type { BarKind, BarSpec } from '../bars.ts';
import { placeCapabilities } from '../config/chain.ts';
import type { AnyDeviceSpec, Identity } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { hex } from '../hex.ts';
import type { RegisterMap } from '../registers.ts';
import { romImage } from '../rom.ts';
import { BAR_MAX_BYTES, BAR_MIN_BYTES, IO_BAR_MAX_BYTES, IO_BAR_MIN_BYTES, RAM_BAR_MAX_BYTES } from '../spaces.ts';
import { checkBarContents, checkConfigRegisters } from './check-bar.ts';
import { type Resources, resolveResources } from './resources.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** Checks a device and adds what it leaves out. Throws a DeviceDefinitionError that says what to mend. */
export function checkSpec(name: string, spec: AnyDeviceSpec): Resources {
  for (const further of spec.functions ?? []) checkSpec(name, further);
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw new DeviceDefinitionError(
      `device name '${name}': use 1 to 31 lower-case letters, digits and dashes, starting with a letter or digit`,
    );
  }
  try {
    checkIdentity(spec.identity);
    checkBars(spec.bars);
    const resources = resolveResources(spec);
    checkBars(resources.bars);
    const config = spec.config ?? {};
    checkConfigRegisters(config);
    placeCapabilities(resources.capabilities, config);
    checkNames(spec.bars, config);
    for (const bar of resources.bars) checkBarContents(bar, resources.msix);
    if (spec.rom !== undefined) romImage(spec.rom);
    return resources;
  } catch (error) {
    if (error instanceof DeviceDefinitionError) error.message = `device ${name}: ${error.message}`;
    throw error;
  }
}

function checkIdentity(identity: Identity): void {
  if (typeof identity !== 'object' || identity === null) {
    throw new DeviceDefinitionError('identity is missing: give { vendor, device, class }');
  }
  checkId('vendor', identity.vendor, 16);
  checkId('device', identity.device, 16);
  checkId('class', identity.class, 24);
  checkId('revision', identity.revision ?? 0, 8);
  checkId('subsystemVendor', identity.subsystemVendor ?? 0, 16);
  checkId('subsystem', identity.subsystem ?? 0, 16);
  if (identity.vendor === 0xffff) {
    throw new DeviceDefinitionError('identity.vendor 0xffff means that no device is there: choose another');
  }
}

function checkId(field: keyof Identity, value: number, bits: number): void {
  const max = 2 ** bits - 1;
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  const shown = typeof value === 'number' ? hex(value) : String(value);
  throw new DeviceDefinitionError(`identity.${field} ${shown} must be a whole number from 0 to ${hex(max)}`);
}

function checkBars(bars: readonly BarSpec[]): void {
  const owner = new Map<number, string>();
  for (const bar of bars) {
    const { index, size, bits } = bar;
    if (![0, 1, 2, 3, 4, 5].includes(index)) throw new DeviceDefinitionError(`bar ${index}: a BAR's number is 0 to 5`);
    if (bits !== 32 && bits !== 64) throw new DeviceDefinitionError(`bar ${index}: bits ${bits} must be 32 or 64`);
    checkKind(bar);
    const [least, most] = SIZES[bar.kind];
    if (!Number.isInteger(Math.log2(size)) || size < least || size > most) {
      throw new DeviceDefinitionError(`bar ${index}: size ${size} must be a power of two from ${least} to ${most}`);
    }
    if (bits === 64 && index === 5) {
      throw new DeviceDefinitionError('bar 5: a 64-bit BAR takes the next one too, and there is none; use bar 4');
    }
    for (const taken of bits === 64 ? [index, index + 1] : [index]) {
      const other = owner.get(taken);
      if (other) throw new DeviceDefinitionError(`bar ${index}: BAR ${taken} is already taken by ${other}`);
      owner.set(taken, `${bits === 64 ? '64-bit ' : ''}bar ${index}`);
    }
  }
}

/** Least and most bytes of a BAR. */
const SIZES: Readonly<Record<BarKind, readonly [number, number]>> = {
  trapped: [BAR_MIN_BYTES, BAR_MAX_BYTES],
  ram: [BAR_MIN_BYTES, RAM_BAR_MAX_BYTES],
  io: [IO_BAR_MIN_BYTES, IO_BAR_MAX_BYTES],
};

function checkKind({ index, kind, cached, bits, prefetchable, registers, ranges }: BarSpec): void {
  if (!(kind in SIZES)) {
    throw new DeviceDefinitionError(`bar ${index}: kind '${kind}' is not one of ${Object.keys(SIZES).join(', ')}`);
  }
  if (kind === 'io' && (bits === 64 || prefetchable)) {
    throw new DeviceDefinitionError(`bar ${index}: I/O space has 32-bit addresses and is not prefetchable`);
  }
  if (cached && kind !== 'ram') {
    throw new DeviceDefinitionError(`bar ${index}: cached is for memory; add kind: 'ram' or leave it out`);
  }
  const [name] = [...Object.keys(registers), ...Object.keys(ranges)];
  if (kind === 'ram' && name !== undefined) {
    throw new DeviceDefinitionError(
      `bar ${index}: nobody sees accesses to a ram BAR, so that ${name} has no place in it; put it into a trapped one`,
    );
  }
}

function aliasNames(registers: RegisterMap): string[] {
  return Object.values(registers).flatMap(({ aliases }) => Object.keys(aliases));
}

/** Handlers are found by name alone, so a name may occur once in a function. */
function checkNames(bars: readonly BarSpec[], config: RegisterMap): void {
  const owner = new Map<string, string>();
  const places: [string, string[]][] = bars.map(({ index, registers, ranges }) => [
    `bar ${index}`,
    [...Object.keys(registers), ...aliasNames(registers), ...Object.keys(ranges)],
  ]);
  for (const [place, names] of [...places, ['config', Object.keys(config)] as const]) {
    for (const name of names) {
      const other = owner.get(name);
      if (other)
        throw new DeviceDefinitionError(`${place}: ${name} is already the name of something in ${other}; rename one`);
      owner.set(name, place);
    }
  }
}
