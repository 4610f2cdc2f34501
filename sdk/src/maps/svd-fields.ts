import { RegisterMapError } from './error.ts';
import type { SvdDeriver } from './svd-derive.ts';
import { repeats } from './svd-dim.ts';
import { childrenOf, itemsOf, nameOf, type SvdElement, textOf } from './svd-tree.ts';
import { accessOf, inheritEffects, numberOf, parseNumber, type SvdEffects } from './svd-values.ts';
import type { MapField } from './types.ts';

/** A field is a number, and numbers are exact up to here. */
const MAX_BITS = 53;

/** Where fields come from, and where what is left out of them is noted. */
export interface FieldSource {
  readonly deriver: SvdDeriver;
  readonly register: SvdElement;
  /** The elements around the register. */
  readonly parents: readonly SvdElement[];
  readonly name: string;
  readonly width: number;
  readonly effects: SvdEffects;
  readonly note: (line: string) => void;
}

export function svdFields(source: FieldSource): MapField[] {
  const fields: MapField[] = [];
  const names = new Set<string>();
  let taken = 0n;
  for (const field of itemsOf(source.register, 'fields', 'field').flatMap((element) => fieldsOf(element, source))) {
    const mask = ((1n << BigInt(field.msb - field.lsb + 1)) - 1n) << BigInt(field.lsb);
    const problem =
      field.msb >= source.width || field.msb < field.lsb
        ? `bits ${field.msb}:${field.lsb} are not in the register`
        : field.msb - field.lsb >= MAX_BITS
          ? `it is wider than ${MAX_BITS} bits`
          : names.has(field.name) || (taken & mask) !== 0n
            ? 'another field is there'
            : undefined;
    if (problem === undefined) {
      fields.push(field);
      names.add(field.name);
      taken |= mask;
    } else {
      source.note(`${source.name}.${field.name} is left out: ${problem}`);
    }
  }
  return fields;
}

function fieldsOf(declared: SvdElement, source: FieldSource): MapField[] {
  const around = [...source.parents, source.register];
  const element = source.deriver.resolve(declared, around);
  const { lsb, msb } = bitsOf(element);
  const { access, lost } = accessOf(inheritEffects(element, source.effects));
  const description = textOf(element, 'description');
  const values = valuesOf(element, source.deriver, [...around, element]);
  if (lost !== undefined) source.note(`${source.name}.${nameOf(element)}: ${lost}`);
  return repeats(element, false).map(({ name, offset }) => ({
    name,
    lsb: lsb + offset,
    msb: msb + offset,
    access,
    ...(description !== undefined && { description }),
    ...(values !== undefined && { values }),
  }));
}

/** `bitRange`, `lsb` and `msb`, or `bitOffset` and `bitWidth`. */
function bitsOf(element: SvdElement): { lsb: number; msb: number } {
  const [, high, low] = /^\[\s*(\d+)\s*:\s*(\d+)\s*\]$/.exec(textOf(element, 'bitRange') ?? '') ?? [];
  if (high !== undefined) return { lsb: Number(low), msb: Number(high) };
  const lsb = numberOf(element, 'lsb') ?? numberOf(element, 'bitOffset');
  if (lsb === undefined) {
    throw new RegisterMapError([`${element.place}: field ${nameOf(element)} has no bitRange, lsb or bitOffset`]);
  }
  return { lsb, msb: numberOf(element, 'msb') ?? lsb + (numberOf(element, 'bitWidth') ?? 1) - 1 };
}

/** Names of values; of those for reading if there are others for writing. */
function valuesOf(field: SvdElement, deriver: SvdDeriver, around: readonly SvdElement[]) {
  const lists = childrenOf(field, 'enumeratedValues').map((list) => deriver.resolve(list, around));
  const list = lists.find((candidate) => textOf(candidate, 'usage') !== 'write') ?? lists[0];
  if (!list) return undefined;
  const values: Record<string, number> = {};
  for (const item of childrenOf(list, 'enumeratedValue')) {
    const value = parseNumber(textOf(item, 'value') ?? '');
    if (value !== undefined) values[nameOf(item)] = Number(value);
  }
  return values;
}
