import { CapturedFunction, type DeviceMapBody, type NamedRegister } from '@pciem/capture';

const CONFIG_SPACE = 7;

/** The registers of a device by place and by name, as its map tells them. */
export class RegisterNames {
  readonly #map: DeviceMapBody;
  readonly #registers = new CapturedFunction(0, 0, 0).registers;

  constructor(map: DeviceMapBody) {
    this.#map = map;
    this.#registers.learn(map, false);
  }

  /** The register at a byte of a register space; one without a name is a dword. */
  at(space: number, offset: number): NamedRegister {
    const found = this.#registers.inDword(space, offset);
    return (
      found.find((each) => offset >= each.offset && offset < each.offset + each.width) ?? (found[0] as NamedRegister)
    );
  }

  /** The register of a name, upper or lower case; `NAME[3]` for one of an array. */
  find(name: string): NamedRegister | undefined {
    const wanted = name.toLowerCase();
    for (const register of this.#map.registers) {
      const { count = 1, stride = register.width, width, space, offset } = register;
      if (count === 1 && register.name.toLowerCase() === wanted) return this.#exactly(space, offset);
      for (let index = 0; index < count && register.name.includes('{n}'); index++) {
        const spellings = [
          register.name.replaceAll('{n}', String(index)),
          register.name.replaceAll('{n}', `[${index}]`),
        ];
        if (spellings.some((each) => each.toLowerCase() === wanted)) {
          return { ...this.#exactly(space, offset + index * stride), width };
        }
      }
    }
    return undefined;
  }

  /** All names in BARs, for messages. */
  get all(): string[] {
    return this.#map.registers.filter(({ space }) => space < CONFIG_SPACE).map(({ name }) => name);
  }

  #exactly(space: number, offset: number): NamedRegister {
    const found = this.#registers.inDword(space, offset).find((each) => each.offset === offset);
    return found ?? this.at(space, offset);
  }
}
