import type { DeviceMapBody, DeviceMapField, DeviceMapRegister } from '../device-map.ts';
import { configParts } from './config-names.ts';

/** Number of configuration space among the register spaces. */
export const CONFIG_SPACE = 7;
const CONFIG_BYTES = 4096;
/** Registers told apart in one function; accesses to further ones are counted together. */
const MAX_REGISTERS = 1 << 16;

/** One register, or a piece of a register space that has no name. */
export interface NamedRegister {
  /** Register space: 0 to 5 a BAR, 6 the ROM, 7 configuration space. */
  readonly space: number;
  /** Bytes from the start of the space. */
  readonly offset: number;
  /** Bytes: 1, 2, 4 or 8. */
  readonly width: number;
  readonly name: string;
  readonly fields: readonly DeviceMapField[];
  readonly doorbell: boolean;
  /** Whether the name is that of a specification or device map. */
  readonly named: boolean;
}

/** Finds the registers of one function by offset. */
export class Registers {
  /** By space and dword; a dword may hold several registers. */
  readonly #known = new Map<number, readonly NamedRegister[]>();
  readonly #others = new Map<number, readonly NamedRegister[]>();
  /** Configuration space as far as it has been seen, for the chains of capabilities. */
  readonly #config = new DataView(new ArrayBuffer(CONFIG_BYTES));
  #map: DeviceMapRegister[] = [];

  constructor() {
    this.#configNames();
  }

  /** Takes the registers of a device map; with `again`, more of the same map. */
  learn(map: DeviceMapBody, again: boolean): void {
    if (!again) {
      this.#map = [];
      this.#known.clear();
      this.#others.clear();
      this.#configNames();
    }
    this.#map.push(...map.registers, ...msixRegisters(map));
  }

  /** Takes what a configuration read returned: it may be a link in a chain of capabilities. */
  configRead(offset: number, bytes: Uint8Array, length: number): void {
    let changed = false;
    for (let i = 0; i < length && offset + i < CONFIG_BYTES; i++) {
      const value = bytes[i] as number;
      changed ||= this.#config.getUint8(offset + i) !== value;
      this.#config.setUint8(offset + i, value);
    }
    if (changed && offset + length > 0x34) this.#configNames();
  }

  /** The registers of the dword that byte `offset` of `space` is in, ascending; at least one. Never keep the array. */
  inDword(space: number, offset: number): readonly NamedRegister[] {
    const dword = Math.floor(offset / 4);
    const key = space * 2 ** 40 + dword;
    return this.#known.get(key) ?? this.#find(space, dword, key);
  }

  #find(space: number, dword: number, key: number): readonly NamedRegister[] {
    if (this.#known.size >= MAX_REGISTERS) return this.#other(space);
    let found = this.#map.flatMap((register) => instancesIn(register, space, dword * 4));
    found.sort((a, b) => a.offset - b.offset);
    if (found.length === 0) found = [unnamed(space, dword * 4, 4)];
    this.#known.set(key, found);
    return found;
  }

  #other(space: number): readonly NamedRegister[] {
    let other = this.#others.get(space);
    if (!other) {
      other = [{ ...unnamed(space, 0, 4), name: `${spaceName(space)}, other registers` }];
      this.#others.set(space, other);
    }
    return other;
  }

  #configNames(): void {
    const byDword = new Map<number, NamedRegister[]>();
    for (const { offset, width, name, fields = [] } of configParts(this.#config)) {
      const key = CONFIG_SPACE * 2 ** 40 + (offset >>> 2);
      const before = this.#known.get(key)?.find((old) => old.offset === offset && old.name === name);
      // Analyses tell registers apart by identity: one that is known stays the same object.
      const register = before ?? { space: CONFIG_SPACE, offset, width, name, fields, doorbell: false, named: true };
      const list = byDword.get(key);
      if (list) list.push(register);
      else byDword.set(key, [register]);
    }
    for (const [key, list] of byDword) this.#known.set(key, list);
  }
}

/** `BAR 0`, `ROM`, `config`. */
export function spaceName(space: number): string {
  if (space === CONFIG_SPACE) return 'config';
  return space === 6 ? 'ROM' : `BAR ${space}`;
}

function unnamed(space: number, offset: number, width: number): NamedRegister {
  const name = `${spaceName(space)} +0x${offset.toString(16)}`;
  return { space, offset, width, name, fields: [], doorbell: false, named: false };
}

/** The registers of an array, or the single one, that overlap the dword at `offset`. */
function instancesIn(register: DeviceMapRegister, space: number, offset: number): NamedRegister[] {
  const { count = 1, width } = register;
  const stride = Math.max(register.stride ?? width, 1);
  if (register.space !== space || offset + 4 <= register.offset) return [];
  const found: NamedRegister[] = [];
  const first = Math.max(0, Math.floor((offset - register.offset - width) / stride) + 1);
  const last = Math.min(count - 1, Math.floor((offset + 3 - register.offset) / stride));
  for (let index = first; index <= last; index++) {
    found.push(instance(register, index, stride, width));
  }
  return found;
}

/** One object for each register, though an 8-byte register is in two dwords. */
const instances = new WeakMap<DeviceMapRegister, Map<number, NamedRegister>>();

function instance(register: DeviceMapRegister, index: number, stride: number, width: number): NamedRegister {
  let made = instances.get(register);
  if (!made) {
    made = new Map();
    instances.set(register, made);
  }
  let found = made.get(index);
  if (!found) {
    found = {
      space: register.space,
      offset: register.offset + index * stride,
      width,
      name: register.name.replaceAll('{n}', String(index)),
      fields: register.fields ?? [],
      doorbell: register.role === 'doorbell',
      named: true,
    };
    made.set(index, found);
  }
  return found;
}

/** MSI-X table (PCIe 5.0 7.7.2.5) and pending bit array, unless the map has names for those places. */
function msixRegisters({ msix, registers }: DeviceMapBody): DeviceMapRegister[] {
  if (!msix || registers.some(({ space, offset }) => space === msix.bar && offset === msix.table)) return [];
  const entry = (offset: number, name: string, fields?: DeviceMapField[]): DeviceMapRegister => ({
    space: msix.bar,
    offset: msix.table + offset,
    width: 4,
    name: `MSI-X {n} ${name}`,
    count: msix.vectors,
    stride: 16,
    ...(fields ? { fields } : {}),
  });
  return [
    entry(0, 'Message Address'),
    entry(4, 'Message Upper Address'),
    entry(8, 'Message Data'),
    entry(12, 'Vector Control', [{ name: 'Mask', lsb: 0, msb: 0 }]),
    { space: msix.bar, offset: msix.pba, width: 8, name: 'MSI-X Pending {n}', count: Math.ceil(msix.vectors / 64) },
  ];
}
