import { RegisterMapError } from './error.ts';
import type { SvdDeriver } from './svd-derive.ts';
import { repeats, type SvdRepeat } from './svd-dim.ts';
import { svdFields } from './svd-fields.ts';
import { childrenOf, itemsOf, nameOf, type SvdElement, textOf } from './svd-tree.ts';
import { accessOf, inheritEffects, inheritProperties, numberOf, type SvdProperties } from './svd-values.ts';
import type { MapRegister } from './types.ts';

interface Source {
  readonly deriver: SvdDeriver;
  readonly peripheral: SvdElement;
  /** The elements around the registers, from the outside in. */
  readonly parents: readonly SvdElement[];
  readonly properties: SvdProperties;
  /** Of register names. */
  readonly prefix: string;
  readonly note: (line: string) => void;
}

/** Where a cluster is. */
interface Around extends Pick<Source, 'parents' | 'properties' | 'prefix'> {
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  readonly array: SvdRepeat['array'];
}

/** The registers of a peripheral, with those of its clusters, that can be in a BAR together. */
export function svdRegisters(source: Source): MapRegister[] {
  const registers: MapRegister[] = [];
  const names = new Set<string>();
  const taken = new Set<number>();
  const around: Around = { ...source, offset: 0, array: undefined };
  for (const register of itemsOf(source.peripheral, 'registers', 'register', 'cluster').flatMap((element) =>
    registersOf(element, source, around),
  )) {
    const bytes = [...bytesOf(register)];
    const problem =
      register.offset % (register.width / 8) !== 0 || (register.stride ?? 0) % (register.width / 8) !== 0
        ? 'it is not aligned to its width'
        : bytes.some((byte) => taken.has(byte))
          ? 'another register is there'
          : names.has(register.name)
            ? 'another register has this name'
            : undefined;
    if (problem !== undefined) {
      source.note(`${register.name} is left out: ${problem}`);
      continue;
    }
    registers.push(register);
    names.add(register.name);
    for (const byte of bytes) taken.add(byte);
  }
  return registers;
}

function* bytesOf({ offset, width, count = 1, stride = width / 8 }: MapRegister): Generator<number> {
  for (let n = 0; n < count; n++) {
    for (let byte = 0; byte < width / 8; byte++) yield offset + n * stride + byte;
  }
}

function registersOf(declared: SvdElement, source: Source, around: Around): MapRegister[] {
  const element = source.deriver.resolve(declared, around.parents);
  const parents = [...around.parents, element];
  const at = around.offset + (numberOf(element, 'addressOffset') ?? missing(element, 'addressOffset'));
  return repeats(element, around.array === undefined).flatMap((repeat) => {
    const place = { ...around, offset: at + repeat.offset, array: repeat.array ?? around.array };
    if (element.tag === 'register') return [registerOf(element, source, place, around.prefix + repeat.name)];
    const inside: Around = {
      ...place,
      parents,
      properties: inheritProperties(element, around.properties),
      prefix: `${around.prefix}${repeat.name}_`,
    };
    return childrenOf(element, 'register', 'cluster').flatMap((child) => registersOf(child, source, inside));
  });
}

function registerOf(element: SvdElement, source: Source, around: Around, name: string): MapRegister {
  const { size, access, resetValue, resetMask } = inheritProperties(element, around.properties);
  if (size !== 8 && size !== 16 && size !== 32 && size !== 64) {
    throw new RegisterMapError([`${element.place}: register ${name} has ${size} bits; 8, 16, 32 and 64 are possible`]);
  }
  const effects = inheritEffects(element, { access, write: '', read: '' });
  const whole = accessOf(effects);
  const { deriver, note } = source;
  const fields = svdFields({ deriver, register: element, parents: around.parents, name, width: size, effects, note });
  if (fields.length === 0 && whole.lost !== undefined) note(`${name}: ${whole.lost}`);
  const reset = BigInt.asUintN(size, resetValue & resetMask);
  const description = textOf(element, 'description');
  return {
    name,
    offset: around.offset,
    width: size,
    reset: reset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(reset) : reset,
    // Bits of no field are reserved.
    access: fields.length > 0 ? 'ro' : whole.access,
    ...(description !== undefined && { description }),
    fields,
    ...(around.array && { count: around.array.count, stride: around.array.stride }),
  };
}

function missing(element: SvdElement, tag: string): never {
  throw new RegisterMapError([`${element.place}: ${element.tag} ${nameOf(element)} has no ${tag}`]);
}
