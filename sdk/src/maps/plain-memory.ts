import type { BarSpec } from '../bars.ts';
import { barImage } from '../compile/bar-image.ts';
import { registerMasks } from '../compile/masks.ts';
import { type RegisterPlace, registerAliases, registerPlaces } from '../registers.ts';
import { applyRead, applyWrite } from '../runtime/access-rules.ts';
import { fillSpace } from '../runtime/memory.ts';
import { heapSpace, type SpaceMemory } from '../spaces.ts';

/** The registers of a BAR, held by the device itself, for devices that see every access: same rules as the kernel's. */
export class PlainMemory {
  readonly #memory: SpaceMemory;
  readonly #reset: ReturnType<typeof barImage>;
  /** Bits that writing 1 sets. */
  readonly #w1s: Uint8Array;
  /** By byte of an alias: the byte of the register that it stands for. */
  readonly #aliases = new Map<number, number>();
  readonly #data = new DataView(new ArrayBuffer(4));
  /** Each byte of `#data`. */
  readonly #bytes = Array.from({ length: 4 }, (_, index) => new Uint8Array(this.#data.buffer, index, 1));

  /** `rest`: whether bytes that belong to no register keep what is written; else they read zero. */
  constructor(bar: BarSpec, rest: 'zero' | 'memory') {
    this.#memory = heapSpace(bar.size);
    this.#reset = barImage(bar);
    this.#w1s = new Uint8Array(bar.size);
    const own = rest === 'memory' ? new Uint8Array(this.#reset.writeMask.buffer).fill(0xff) : undefined;
    for (const register of Object.values(bar.registers)) {
      const masks = registerMasks(register);
      const places = registerPlaces(register);
      for (const { offset, bytes } of places) {
        put(this.#w1s, offset, bytes, masks.w1s);
        if (own) put(own, offset, bytes, masks.write);
      }
      for (const [, there] of registerAliases(register)) {
        for (const [index, { offset, bytes }] of registerPlaces(there).entries()) {
          const own = (places[index] as RegisterPlace).offset;
          for (let i = 0; i < bytes; i++) this.#aliases.set(offset + i, own + i);
        }
      }
    }
    this.reset();
  }

  reset(): void {
    fillSpace(this.#memory, this.#reset);
  }

  /** The driver reads `size` bytes, 1, 2 or 4. */
  read(offset: number, size: number): number {
    this.#data.setUint32(0, 0);
    for (let i = 0; i < size; i++) applyRead(this.#memory, this.#placeOf(offset + i), this.#bytes[i] as Uint8Array);
    return this.#data.getUint32(0, true);
  }

  /** The driver writes `size` bytes, 1, 2 or 4. */
  write(offset: number, size: number, value: number): void {
    this.#data.setUint32(0, value, true);
    const { image } = this.#memory;
    for (let i = 0; i < size; i++) {
      const at = this.#placeOf(offset + i);
      applyWrite(this.#memory, at, this.#bytes[i] as Uint8Array);
      image[at] = (image[at] as number) | (this.#data.getUint8(i) & (this.#w1s[at] as number));
    }
  }

  #placeOf(offset: number): number {
    return this.#aliases.size === 0 ? offset : (this.#aliases.get(offset) ?? offset);
  }
}

function put(bytes: Uint8Array, offset: number, length: number, value: bigint): void {
  for (let i = 0; i < length; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
