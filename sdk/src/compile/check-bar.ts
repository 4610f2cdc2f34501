import type { BarSpec, RangeSpec } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { pbaBytes, tableBytes } from '../capabilities/msix.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { hex } from '../hex.ts';
import { type RegisterMap, type RegisterSpec, registerAliases, registerPlaces } from '../registers.ts';
import { CONFIG_BYTES, CONFIG_HEADER_BYTES } from '../spaces.ts';
import { checkRegister } from './check-register.ts';

/** Why a register of configuration space takes no read handler. */
export const NO_CONFIG_READS = 'configuration space is answered from the stored values: store it there beforehand';

interface Extent {
  readonly what: string;
  readonly offset: number;
  readonly length: number;
}

/** Registers, ranges and MSI-X structures lie inside the BAR, aligned, and nowhere on each other. */
export function checkBarContents(bar: BarSpec, msix: MsixLayout | undefined): void {
  const place = `bar ${bar.index}`;
  const extents: Extent[] = [];
  extents.push(...registerExtents(place, bar.registers));
  for (const [name, range] of Object.entries(bar.ranges)) extents.push(rangeExtent(`${place}: range ${name}`, range));
  if (msix && msix.bar === bar.index) {
    extents.push({ what: `${place}: the MSI-X table`, offset: msix.table, length: tableBytes(msix.vectors) });
    extents.push({ what: `${place}: the MSI-X PBA`, offset: msix.pba, length: pbaBytes(msix.vectors) });
  }
  for (const extent of extents) checkInside(extent, bar.size);
  checkApart(extents);
}

/** Registers of configuration space lie behind its header, and nowhere on each other. */
export function checkConfigRegisters(registers: RegisterMap): void {
  const extents = registerExtents('config', registers);
  for (const [name, { handlers, aliases }] of Object.entries(registers)) {
    if (Object.keys(aliases).length > 0) throw new DeviceDefinitionError(`config: ${name}: aliases are for BARs`);
    if (handlers.read) throw new DeviceDefinitionError(`config: ${name} has a read handler; ${NO_CONFIG_READS}`);
  }
  for (const extent of extents) {
    checkInside(extent, CONFIG_BYTES);
    if (extent.offset >= CONFIG_HEADER_BYTES) continue;
    throw new DeviceDefinitionError(
      `${extent.what} at ${hex(extent.offset)} lies in the header; use ${hex(CONFIG_HEADER_BYTES)} and above`,
    );
  }
  checkApart(extents);
}

function registerExtents(place: string, registers: RegisterMap): Extent[] {
  return Object.entries(registers).flatMap(([name, register]) => {
    const what = `${place}: register ${name}`;
    checkRegister(what, register);
    checkArray(what, register);
    const aliases = registerAliases(register).flatMap(([alias, there]) =>
      placeExtents(`${what}: alias ${alias}`, there),
    );
    return [...placeExtents(what, register), ...aliases];
  });
}

function placeExtents(what: string, register: RegisterSpec): Extent[] {
  return registerPlaces(register).map(({ offset, bytes }, index) =>
    registerExtent(register.array ? `${what}: element ${index}` : what, offset, bytes),
  );
}

function checkArray(what: string, { array, width }: RegisterSpec): void {
  if (!array) return;
  if (!Number.isInteger(array.count) || array.count < 1) {
    throw new DeviceDefinitionError(`${what}: count ${array.count} must be a whole number from 1 on`);
  }
  if (!Number.isInteger(array.stride) || array.stride < width / 8) {
    throw new DeviceDefinitionError(`${what}: stride ${array.stride} must be at least its ${width / 8} bytes`);
  }
}

function registerExtent(what: string, offset: number, length: number): Extent {
  if (offset > 0 && offset % length !== 0) {
    throw new DeviceDefinitionError(
      `${what}: offset ${hex(offset)} must be a multiple of its ${length} bytes; ` +
        `the next one is ${hex(Math.ceil(offset / length) * length)}`,
    );
  }
  return { what, offset, length };
}

function rangeExtent(what: string, { offset, length }: RangeSpec): Extent {
  if (offset % 4 !== 0 || length % 4 !== 0 || length <= 0) {
    throw new DeviceDefinitionError(
      `${what}: offset ${hex(offset)} and length ${hex(length)} must be multiples of 4, and the length not 0`,
    );
  }
  return { what, offset, length };
}

function checkInside({ what, offset, length }: Extent, size: number): void {
  if (!Number.isInteger(offset) || offset < 0) {
    throw new DeviceDefinitionError(`${what}: offset ${offset} must be a whole number from 0 on`);
  }
  if (offset + length > size) {
    throw new DeviceDefinitionError(
      `${what}: bytes ${hex(offset)} to ${hex(offset + length - 1)} are not inside the BAR of ${hex(size)} bytes; ` +
        'move it or enlarge the BAR',
    );
  }
}

function checkApart(extents: Extent[]): void {
  extents.sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < extents.length; i++) {
    const before = extents[i - 1];
    const after = extents[i];
    if (before && after && before.offset + before.length > after.offset) {
      throw new DeviceDefinitionError(
        `${after.what} at ${hex(after.offset)} overlaps ${before.what.replace(/^(bar \d|config): /, '')}, ` +
          `which ends at ${hex(before.offset + before.length - 1)}; move one of them`,
      );
    }
  }
}
