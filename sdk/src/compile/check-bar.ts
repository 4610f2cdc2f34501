import type { BarSpec, RangeSpec } from '../bars.ts';
import type { MsixLayout } from '../capabilities/capability.ts';
import { pbaBytes, tableBytes } from '../capabilities/msix.ts';
import { DeviceDefinitionError } from '../errors.ts';
import { hex } from '../hex.ts';
import type { RegisterSpec } from '../registers.ts';
import { checkRegister } from './check-register.ts';

interface Extent {
  readonly what: string;
  readonly offset: number;
  readonly length: number;
}

/** Registers, ranges and MSI-X structures lie inside the BAR, aligned, and nowhere on each other. */
export function checkBarContents(bar: BarSpec, msix: MsixLayout | undefined): void {
  const place = `bar ${bar.index}`;
  const extents: Extent[] = [];
  for (const [name, register] of Object.entries(bar.registers)) {
    const what = `${place}: register ${name}`;
    checkRegister(what, register);
    extents.push(registerExtent(what, register));
  }
  for (const [name, range] of Object.entries(bar.ranges)) extents.push(rangeExtent(`${place}: range ${name}`, range));
  if (msix && msix.bar === bar.index) {
    extents.push({ what: `${place}: the MSI-X table`, offset: msix.table, length: tableBytes(msix.vectors) });
    extents.push({ what: `${place}: the MSI-X PBA`, offset: msix.pba, length: pbaBytes(msix.vectors) });
  }
  for (const extent of extents) checkInside(extent, bar.size);
  checkApart(extents);
}

function registerExtent(what: string, register: RegisterSpec): Extent {
  const length = register.width / 8;
  if (register.offset > 0 && register.offset % length !== 0) {
    throw new DeviceDefinitionError(
      `${what}: offset ${hex(register.offset)} must be a multiple of its ${length} bytes; ` +
        `the next one is ${hex(Math.ceil(register.offset / length) * length)}`,
    );
  }
  return { what, offset: register.offset, length };
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
        `${after.what} at ${hex(after.offset)} overlaps ${before.what.replace(/^bar \d: /, '')}, ` +
          `which ends at ${hex(before.offset + before.length - 1)}; move one of them`,
      );
    }
  }
}
