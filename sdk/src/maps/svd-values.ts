import type { RegisterAccess } from '../registers.ts';
import { RegisterMapError } from './error.ts';
import { type SvdElement, textOf } from './svd-tree.ts';

const SCALE: Readonly<Record<string, bigint>> = { k: 1n << 10n, m: 1n << 20n, g: 1n << 30n, t: 1n << 40n };

/** A scaledNonNegativeInteger: decimal, `0x…` or `#…` (binary, x for any), perhaps with k, m, g or t behind. */
export function parseNumber(text: string): bigint | undefined {
  const [, digits = '', unit = ''] = /^\+?((?:0x[0-9a-f]+)|(?:#|0b)[01x]+|[0-9]+)([kmgt]?)$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  const binary = /^(#|0b)/i.test(digits);
  const value = BigInt(binary ? `0b${digits.replace(/^(#|0b)/i, '').replaceAll(/x/gi, '0')}` : digits);
  return value * (SCALE[unit.toLowerCase()] ?? 1n);
}

/** The number that a child holds. */
export function numberOf(element: SvdElement, tag: string): number | undefined {
  const value = bigintOf(element, tag);
  return value === undefined ? undefined : Number(value);
}

export function bigintOf(element: SvdElement, tag: string): bigint | undefined {
  const text = textOf(element, tag);
  if (text === undefined) return undefined;
  const value = parseNumber(text);
  if (value !== undefined) return value;
  throw new RegisterMapError([
    `${element.place}: <${tag}> ${text} of this ${element.tag} is not a number, such as 16 or 0x10`,
  ]);
}

/** Properties that an element has from those around it. */
export interface SvdProperties {
  /** Bits. */
  readonly size: number;
  readonly access: string;
  readonly resetValue: bigint;
  readonly resetMask: bigint;
}

export function inheritProperties(element: SvdElement, from: SvdProperties): SvdProperties {
  return {
    size: numberOf(element, 'size') ?? from.size,
    access: textOf(element, 'access') ?? from.access,
    resetValue: bigintOf(element, 'resetValue') ?? from.resetValue,
    resetMask: bigintOf(element, 'resetMask') ?? from.resetMask,
  };
}

/** Side effects of a register or field. */
export interface SvdEffects {
  readonly access: string;
  readonly write: string;
  readonly read: string;
}

export function inheritEffects(element: SvdElement, from: SvdEffects): SvdEffects {
  return {
    access: textOf(element, 'access') ?? from.access,
    write: textOf(element, 'modifiedWriteValues') ?? from.write,
    read: textOf(element, 'readAction') ?? from.read,
  };
}

/** What a plain register does of what SVD says, and what it does not do. */
export function accessOf({ access, write, read }: SvdEffects): { access: RegisterAccess; lost: string | undefined } {
  const base = access === 'read-only' ? 'ro' : access.startsWith('write') ? 'wo' : 'rw';
  const lost =
    read === 'clear' && base === 'rw'
      ? 'reading clears it, so that writes are ignored'
      : read !== 'clear' && read !== ''
        ? `readAction ${read} has no effect`
        : undefined;
  if (read === 'clear') return { access: base === 'wo' ? 'wo' : 'rc', lost };
  if (base !== 'rw' || write === '' || write === 'modify') return { access: base, lost };
  if (write === 'oneToClear') return { access: 'w1c', lost };
  if (write === 'oneToSet') return { access: 'w1s', lost };
  return { access: 'rw', lost: lost ?? `modifiedWriteValues ${write} has no effect: writes are stored` };
}
