import type { BarSpec } from '../bars.ts';
import { barImage } from '../compile/bar-image.ts';
import { registerMasks } from '../compile/masks.ts';
import { registerPlaces } from '../registers.ts';
import { applyRead, applyWrite } from '../runtime/access-rules.ts';
import { fillSpace } from '../runtime/memory.ts';
import { heapSpace, type SpaceMemory } from '../spaces.ts';

/** The registers of a BAR, held by the device itself, for devices that see every access: same rules as the kernel's. */
export class PlainMemory {
  readonly #memory: SpaceMemory;
  readonly #reset: ReturnType<typeof barImage>;
  /** Bits that writing 1 sets. */
  readonly #w1s: Uint8Array;
  readonly #data = new DataView(new ArrayBuffer(4));

  /** `rest`: whether bytes that belong to no register keep what is written; else they read zero. */
  constructor(bar: BarSpec, rest: 'zero' | 'memory') {
    this.#memory = heapSpace(bar.size);
    this.#reset = barImage(bar);
    this.#w1s = new Uint8Array(bar.size);
    const own = rest === 'memory' ? new Uint8Array(this.#reset.writeMask.buffer).fill(0xff) : undefined;
    for (const register of Object.values(bar.registers)) {
      const masks = registerMasks(register);
      for (const { offset, bytes } of registerPlaces(register)) {
        put(this.#w1s, offset, bytes, masks.w1s);
        if (own) put(own, offset, bytes, masks.write);
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
    applyRead(this.#memory, offset, new Uint8Array(this.#data.buffer, 0, size));
    return this.#data.getUint32(0, true);
  }

  /** The driver writes `size` bytes, 1, 2 or 4. */
  write(offset: number, size: number, value: number): void {
    this.#data.setUint32(0, value, true);
    applyWrite(this.#memory, offset, new Uint8Array(this.#data.buffer, 0, size));
    const { image } = this.#memory;
    for (let i = 0; i < size; i++) {
      const set = this.#data.getUint8(i) & (this.#w1s[offset + i] as number);
      image[offset + i] = (image[offset + i] as number) | set;
    }
  }
}

function put(bytes: Uint8Array, offset: number, length: number, value: bigint): void {
  for (let i = 0; i < length; i++) bytes[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
