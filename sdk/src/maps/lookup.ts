import type { MapBar, MapField, MapRegister } from './types.ts';

/** One register, an array's ones each by itself. */
export interface PlacedRegister {
  /** With its number if it is of an array: `DATA[3]`. */
  readonly name: string;
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  readonly register: MapRegister;
}

/** Finds the registers of a BAR by their offset. */
export class RegisterLookup {
  readonly #placed: readonly PlacedRegister[];

  constructor(bar: MapBar) {
    this.#placed = bar.registers.flatMap(places).sort((a, b) => a.offset - b.offset);
  }

  /** The register that the byte at `offset` belongs to. */
  at(offset: number): PlacedRegister | undefined {
    let low = 0;
    let high = this.#placed.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#placed[middle] as PlacedRegister).offset <= offset) low = middle + 1;
      else high = middle;
    }
    const found = this.#placed[low - 1];
    return found && offset < found.offset + found.register.width / 8 ? found : undefined;
  }
}

function places(register: MapRegister): PlacedRegister[] {
  const { name, offset, width, count, aliases = {} } = register;
  const starts: [string, number][] = [[name, offset], ...Object.entries(aliases)];
  if (count === undefined) return starts.map(([name, offset]) => ({ name, offset, register }));
  const stride = register.stride ?? width / 8;
  return starts.flatMap(([name, start]) =>
    Array.from({ length: count }, (_, n) => ({ name: `${name}[${n}]`, offset: start + n * stride, register })),
  );
}

/** The value of a field in `value`, the value of its register. */
export function fieldValue({ lsb, msb }: Pick<MapField, 'lsb' | 'msb'>, value: number | bigint): bigint {
  return (BigInt(value) >> BigInt(lsb)) & ((1n << BigInt(msb - lsb + 1)) - 1n);
}

/**
 * The fields that lie wholly in `size` bytes at `offset` of a register, for people: `ENABLE=1 MODE=fast`. `value`: those
 * bytes.
 */
export function describeFields(register: MapRegister, value: number | bigint, offset = 0, size = register.width / 8) {
  const shifted = BigInt(value) << BigInt(8 * offset);
  return register.fields
    .filter(({ lsb, msb }) => lsb >= 8 * offset && msb < 8 * (offset + size))
    .map((field) => `${field.name}=${nameOf(field, fieldValue(field, shifted))}`)
    .join(' ');
}

function nameOf({ lsb, msb, values = {} }: MapField, value: bigint): string {
  const named = Object.entries(values).find(([, number]) => BigInt(number) === value);
  if (named) return named[0];
  return msb - lsb < 4 ? String(value) : `0x${value.toString(16)}`;
}
