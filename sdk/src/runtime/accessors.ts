import type { FieldMap, FieldSpec } from '../fields.ts';
import type { RegisterArray } from '../register-types.ts';
import { type RegisterSpec, registerPlaces } from '../registers.ts';

type Cells = Uint8Array | Uint16Array | Uint32Array;

/** Values above this make a mask of 32 bits negative in JavaScript's bit operations. */
const WORD_BITS = 32;

/** A register of up to 32 bits in the image of its space. */
class NarrowRegister {
  readonly #cells: Cells;
  readonly #index: number;

  constructor(cells: Cells, index: number) {
    this.#cells = cells;
    this.#index = index;
  }

  get value(): number {
    return this.#cells[this.#index] as number;
  }

  set value(value: number) {
    this.#cells[this.#index] = value;
  }

  setBits(mask: number): void {
    Atomics.or(this.#cells, this.#index, mask);
  }

  clearBits(mask: number): void {
    Atomics.and(this.#cells, this.#index, ~mask);
  }

  add(amount: number): number {
    return Atomics.add(this.#cells, this.#index, amount);
  }
}

/** A 64-bit register in the image of its space. */
class WideRegister {
  readonly #quadwords: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #index: number;

  constructor(image: Uint8Array, offset: number) {
    this.#quadwords = new BigUint64Array(image.buffer, image.byteOffset, image.length >>> 3);
    this.#words = new Uint32Array(image.buffer, image.byteOffset, image.length >>> 2);
    this.#index = offset >>> 3;
  }

  get value(): bigint {
    return this.#quadwords[this.#index] as bigint;
  }

  set value(value: bigint) {
    this.#quadwords[this.#index] = value;
  }

  get low(): number {
    return this.#words[this.#index * 2] as number;
  }

  set low(value: number) {
    this.#words[this.#index * 2] = value;
  }

  get high(): number {
    return this.#words[this.#index * 2 + 1] as number;
  }

  set high(value: number) {
    this.#words[this.#index * 2 + 1] = value;
  }
}

/** Makes the accessor of a register: its value, and its fields as properties; of an array, an array of these. */
export function registerAccessor(name: string, register: RegisterSpec, image: Uint8Array): object {
  if (!register.array) return accessorAt(name, register, register.offset, image);
  const elements = registerPlaces(register).map(({ offset }, n) =>
    accessorAt(`${name}[${n}]`, register, offset, image),
  );
  return {
    length: elements.length,
    at: (index) => elements[index] ?? noSuchElement(name, index, elements.length),
    [Symbol.iterator]: () => elements.values(),
  } satisfies RegisterArray<object>;
}

function noSuchElement(name: string, index: number, length: number): never {
  throw new RangeError(`there is no ${name}[${index}]; use 0 to ${length - 1}`);
}

function accessorAt(name: string, register: RegisterSpec, offset: number, image: Uint8Array): object {
  const { width } = register;
  if (width === 64) {
    const words = new Uint32Array(image.buffer, image.byteOffset, image.length >>> 2);
    return addFields(new WideRegister(image, offset), name, register.fields, words, offset >>> 2);
  }
  const cells = cellsOf(image, width);
  const index = offset / cells.BYTES_PER_ELEMENT;
  return addFields(new NarrowRegister(cells, index), name, register.fields, cells, index);
}

function cellsOf(image: Uint8Array, width: 8 | 16 | 32): Cells {
  if (width === 8) return image;
  if (width === 16) return new Uint16Array(image.buffer, image.byteOffset, image.length >>> 1);
  return new Uint32Array(image.buffer, image.byteOffset, image.length >>> 2);
}

function addFields(target: object, register: string, fields: FieldMap, cells: Cells, index: number): object {
  for (const [name, field] of Object.entries(fields)) {
    Object.defineProperty(target, name, fieldProperty(`${register}.${name}`, field, cells, index));
  }
  return target;
}

/** Stores change only the field's own bits, at once, while the driver may be changing others. */
function fieldProperty(name: string, field: FieldSpec, cells: Cells, index: number): PropertyDescriptor {
  const { lsb, msb } = field;
  const first = lsb >>> 5;
  if (first === msb >>> 5) {
    return wordField(name, cells, index + first, lsb % WORD_BITS, msb - lsb + 1);
  }
  const lowBits = WORD_BITS - lsb;
  const low = wordField(name, cells, index, lsb, lowBits);
  const high = wordField(name, cells, index + 1, 0, msb - WORD_BITS + 1);
  const scale = 2 ** lowBits;
  const limit = 2 ** (msb - lsb + 1);
  return {
    enumerable: true,
    get: () => high.get() * scale + low.get(),
    set(value: number) {
      checkFits(name, value, limit);
      low.set(value % scale);
      high.set(Math.floor(value / scale));
    },
  };
}

interface FieldProperty {
  readonly enumerable: true;
  get(): number;
  set(value: number): void;
}

function wordField(name: string, cells: Cells, index: number, shift: number, bits: number): FieldProperty {
  const limit = 2 ** bits;
  const mask = bits === WORD_BITS ? 0xffffffff : limit - 1;
  const inPlace = mask << shift;
  return {
    enumerable: true,
    get: () => (((cells[index] as number) >>> shift) & mask) >>> 0,
    set(value: number) {
      checkFits(name, value, limit);
      const insert = value << shift;
      let old = Atomics.load(cells, index);
      for (;;) {
        const seen = Atomics.compareExchange(cells, index, old, (old & ~inPlace) | insert);
        if (seen === old) return;
        old = seen;
      }
    },
  };
}

function checkFits(name: string, value: number, limit: number): void {
  if (value >= 0 && value < limit) return;
  throw new RangeError(`${name}: ${value} does not fit; the field takes 0 to ${limit - 1}`);
}
