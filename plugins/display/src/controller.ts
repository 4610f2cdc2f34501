import type { Picture } from './picture.ts';
import type { Registers } from './registers.ts';

const ENABLE_CAPABILITIES = 0x02;
/** Attribute controller, index register: the screen gets its data from memory (VGA, Palette Address Source). */
const ATTRIBUTE_SOURCE = 0x20;
const BANK_BYTES = 64 * 1024;
/** What the registers hold when the driver asks for the largest values. */
const LARGEST = { XRES: 4096, YRES: 4096, BPP: 32 } as const;

/**
 * The registers: what they do besides being stored. QEMU clears the memory and the offsets when a mode is switched on;
 * this one hears of that while the driver is drawing already, and leaves them alone.
 */
export class Controller {
  readonly #regs: Registers;
  readonly #picture: Picture;
  readonly #memory: number;
  readonly #edid: Uint8Array;
  /** The attribute controller takes index and data in turn through the same port. */
  #takesData = false;
  /** What XRES, YRES and BPP hold while the largest values stand there. */
  #kept: readonly [number, number, number] | undefined;
  #enable = 0;

  constructor(regs: Registers, picture: Picture, { memory, edid }: { memory: number; edid: Uint8Array }) {
    this.#regs = regs;
    this.#picture = picture;
    this.#memory = memory;
    this.#edid = edid;
    this.reset();
  }

  /** After a reset of the function: the stored registers are back already. */
  reset(): void {
    this.#edid.forEach((byte, n) => {
      this.#regs.EDID.at(n).value = byte;
    });
    this.#regs.VIDEO_MEMORY_64K.value = this.#memory / BANK_BYTES;
    this.#takesData = false;
    this.#kept = undefined;
    this.#enable = 0;
    this.#picture.blanked = true;
  }

  /** The next write to the attribute controller is an index. */
  readInputStatus(): number {
    this.#takesData = false;
    return 0;
  }

  writeAttribute(value: number): void {
    if (!this.#takesData) this.#picture.blanked = (value & ATTRIBUTE_SOURCE) === 0;
    this.#takesData = !this.#takesData;
  }

  enable(value: number): void {
    const { XRES, YRES, BPP } = this.#regs;
    const before = this.#enable;
    this.#enable = value;
    if (value & ~before & ENABLE_CAPABILITIES) {
      this.#kept = [XRES.value, YRES.value, BPP.value];
      [XRES.value, YRES.value, BPP.value] = [LARGEST.XRES, LARGEST.YRES, LARGEST.BPP];
    } else if (before & ~value & ENABLE_CAPABILITIES && this.#kept) {
      [XRES.value, YRES.value, BPP.value] = this.#kept;
    }
  }
}
