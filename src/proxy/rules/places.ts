import { UsageFailure } from '../../errors.ts';
import type { RegisterNames } from '../core/register-names.ts';
import type { PlaceSpec } from './schema.ts';

/** A register that a rule is about. */
export interface Place {
  readonly bar: number;
  readonly offset: number;
  /** Bytes; 0 if the rule gives an offset and the access decides. */
  readonly bytes: number;
  readonly fields: readonly { name: string; lsb: number; msb: number }[];
}

/** Finds the register that a rule names. Throws a UsageFailure that lists near names. */
export function placeOf(spec: PlaceSpec, names: RegisterNames, where: string): Place {
  const { register, bar = 0, offset = 0 } = spec;
  if (register === undefined) return { bar, offset, bytes: 0, fields: names.at(bar, offset).fields };
  const found = names.find(register);
  if (found) return { bar: found.space, offset: found.offset, bytes: found.width, fields: found.fields };
  const all = names.all;
  const near = all.filter((name) => name.toLowerCase().includes(register.toLowerCase().slice(0, 3)));
  throw new UsageFailure(`${where}: there is no register ${register}`, [
    all.length === 0
      ? 'no names are known: give bar and offset, or a register map with --map'
      : `there are: ${(near.length > 0 ? near : all).slice(0, 12).join(', ')}`,
  ]);
}

/** A value with some fields changed. Throws a UsageFailure for a field that is not there or a value too big for it. */
export function withFields(
  value: number,
  fields: Readonly<Record<string, number>>,
  place: Place,
  where: string,
): number {
  let result = BigInt(value);
  for (const [name, wanted] of Object.entries(fields)) {
    const field = place.fields.find((each) => each.name.toLowerCase() === name.toLowerCase());
    if (!field) {
      const known = place.fields.map((each) => each.name).join(', ');
      throw new UsageFailure(`${where}: the register has no field ${name}`, [
        known ? `there are: ${known}` : 'it has none',
      ]);
    }
    const mask = (1n << BigInt(field.msb - field.lsb + 1)) - 1n;
    if (BigInt(wanted) > mask) throw new UsageFailure(`${where}: ${name}: ${wanted} is more than ${mask}`);
    result = (result & ~(mask << BigInt(field.lsb))) | (BigInt(wanted) << BigInt(field.lsb));
  }
  return Number(result);
}
