import { encodePng, encodePngNow } from './png.ts';
import type { Registers } from './registers.ts';
import { type Frame, isShown, type Mode, scanOut, visible } from './scan-out.ts';

const ENABLE_ON = 0x01;
const BIG_ENDIAN = 0xbebe_bebe;

/**
 * What is on the screen, looked at when somebody wants to know: a driver draws by storing into memory, of which the
 * device is not told. When the screen goes off the last picture stays.
 */
export class Picture {
  readonly #regs: Registers;
  readonly #memory: () => Uint8Array;
  #blanked = true;
  #mode: Mode | undefined;
  #stride = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #version = 0;
  #png: { readonly version: number; readonly file: Promise<Buffer> } | undefined;

  constructor(regs: Registers, memory: () => Uint8Array) {
    this.#regs = regs;
    this.#memory = memory;
  }

  /** The VGA part switches the screen off and on. */
  set blanked(blanked: boolean) {
    // The last chance to see what was on it.
    if (blanked) this.look();
    this.#blanked = blanked;
  }

  /** Whether something is on the screen now. */
  get on(): boolean {
    return !this.#blanked && (this.#regs.ENABLE.value & ENABLE_ON) !== 0 && isShown(this.#current());
  }

  /** Returns a number that grows with each new picture; 0: there has been none. */
  look(): number {
    if (!this.on) return this.#version;
    const mode = this.#current();
    const { bytes, stride } = visible(mode, this.#memory());
    if (sameMode(mode, this.#mode) && Buffer.compare(bytes, this.#bytes) === 0) return this.#version;
    this.#mode = mode;
    this.#stride = stride;
    // Looking takes place many times a second, so the copy is used again.
    if (this.#bytes.length !== bytes.length) this.#bytes = new Uint8Array(bytes.length);
    this.#bytes.set(bytes);
    return ++this.#version;
  }

  /** The picture that `look` saw last; undefined if there has been none. */
  frame(): Frame | undefined {
    return this.#mode && scanOut(this.#mode, this.#bytes, this.#stride);
  }

  /** The same as a PNG file, made once for all who want it. */
  async png(): Promise<Buffer | undefined> {
    const frame = this.#png?.version === this.#version ? undefined : this.frame();
    if (frame) this.#png = { version: this.#version, file: encodePng(frame) };
    return this.#png?.file;
  }

  pngNow(): Buffer | undefined {
    const frame = this.frame();
    return frame && encodePngNow(frame);
  }

  #current(): Mode {
    const { XRES, YRES, BPP, VIRT_WIDTH, X_OFFSET, Y_OFFSET, BYTE_ORDER } = this.#regs;
    return {
      width: XRES.value,
      height: YRES.value,
      bitsPerPixel: BPP.value,
      virtualWidth: VIRT_WIDTH.value,
      x: X_OFFSET.value,
      y: Y_OFFSET.value,
      bigEndian: BYTE_ORDER.value === BIG_ENDIAN,
    };
  }
}

function sameMode(a: Mode, b: Mode | undefined): boolean {
  if (b === undefined) return false;
  return (Object.keys(a) as (keyof Mode)[]).every((key) => a[key] === b[key]);
}
