import { DEVICE_IDS, type Model, VENDOR } from './models.ts';

const WORDS = 64;
const ADDRESS_BITS = 6;
const CHECKSUM_WORD = 0x3f;
/** What all words add up to. */
const CHECKSUM = 0xbaba;
/** Start bit and opcode of the only command that is answered. */
const READ = 0b110;
const OPCODE_BITS = 3;

/** The words of the EEPROM of a card with this address. */
export function eepromWords(mac: Uint8Array, model: Model): Uint16Array {
  const words = new Uint16Array(WORDS);
  for (let i = 0; i < 3; i++) words[i] = (mac[2 * i] as number) | ((mac[2 * i + 1] as number) << 8);
  // Initialization control, subsystem and device ids (section 5.6 of the manual).
  words.set([0x4408, DEVICE_IDS[model], VENDOR, DEVICE_IDS[model], VENDOR, 0x3040], 0x0a);
  const sum = words.reduce((total, word) => total + word, 0);
  words[CHECKSUM_WORD] = CHECKSUM - sum;
  return words;
}

/** The serial interface of the EEPROM, Microwire: the driver moves clock, select and data by writing EECD. */
export class Microwire {
  readonly #words: Uint16Array;
  #clock = 0;
  /** Bits received since the chip was selected, and how many. */
  #bits = 0;
  #received = 0;
  /** What is left to send: the word, after a 0 that goes out with the last bit of the address. */
  #word = 0;
  #left = 0;

  constructor(words: Uint16Array) {
    this.#words = words;
  }

  /** New levels of the lines; returns that of data out. */
  drive(select: number, clock: number, dataIn: number): number {
    const rises = clock === 1 && this.#clock === 0;
    this.#clock = clock;
    if (!select) {
      this.#received = this.#bits = this.#left = this.#word = 0;
      return 1;
    }
    if (rises) this.#shift(dataIn);
    return this.#left > 0 ? (this.#word >>> (this.#left - 1)) & 1 : 1;
  }

  #shift(dataIn: number): void {
    if (this.#left > 0) {
      if (this.#left > 1) this.#left--;
      return;
    }
    // Leading zeroes come before the start bit.
    if (this.#received === 0 && dataIn === 0) return;
    this.#bits = (this.#bits << 1) | dataIn;
    this.#received++;
    if (this.#received < OPCODE_BITS + ADDRESS_BITS || this.#bits >>> ADDRESS_BITS !== READ) return;
    this.#word = this.#words[this.#bits & (WORDS - 1)] as number;
    this.#left = 17;
  }
}
