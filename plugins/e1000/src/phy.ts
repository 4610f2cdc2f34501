/** Address of the PHY on the management bus. */
const ADDRESS = 1;
const OP_WRITE = 1;
const OP_READ = 2;
const READY = 0x1000_0000;
const INTERRUPT = 0x2000_0000;
const ERROR = 0x4000_0000;

const CONTROL = 0;
const CONTROL_RESET = 0x8000;
const CONTROL_LOOPBACK = 0x4000;
const CONTROL_RESTART = 0x0200;
const STATUS = 1;
const STATUS_LINK = 0x0024;
const PARTNER = 5;
const PARTNER_1000 = 10;
const SPECIFIC_STATUS = 17;
const SPECIFIC_LINK = 0x0400;

/** Registers after reset: a Marvell 88E1011, connected to a partner of the same kind, full duplex at 1000 Mb/s. */
const RESET: Readonly<Record<number, number>> = {
  [CONTROL]: 0x1140,
  [STATUS]: 0x7949,
  2: 0x0141,
  3: 0x0c20,
  4: 0x0de1,
  6: 0x0001,
  9: 0x0e00,
  15: 0x3000,
  16: 0x0060,
  [SPECIFIC_STATUS]: 0xa800,
  20: 0x0d60,
};
/** Written by the driver: control, advertisement, 1000BASE-T control, and the chip's own. */
const WRITABLE = new Set([CONTROL, 4, 7, 9, 16, 18, 20, 22, 24, 25, 26, 29, 30]);

/** The PHY behind MDIC. */
export class Phy {
  readonly #registers = new Uint16Array(32);
  #link = false;

  constructor() {
    this.reset();
  }

  reset(): void {
    this.#registers.fill(0);
    for (const [register, value] of Object.entries(RESET)) this.#registers[Number(register)] = value;
  }

  set link(up: boolean) {
    this.#link = up;
  }

  /** Frames come back from here instead of going out. */
  get loopback(): boolean {
    return ((this.#registers[CONTROL] as number) & CONTROL_LOOPBACK) !== 0;
  }

  /** What MDIC holds when the command in it is done. `interrupt`: the driver wants to hear of that. */
  command(mdic: number): { readonly mdic: number; readonly interrupt: boolean } {
    const data = mdic & 0xffff;
    const register = (mdic >>> 16) & 0x1f;
    const address = (mdic >>> 21) & 0x1f;
    const operation = (mdic >>> 26) & 3;
    const interrupt = (mdic & INTERRUPT) !== 0;
    if (address !== ADDRESS) return { mdic: (mdic | READY | ERROR) >>> 0, interrupt };
    if (operation === OP_WRITE) this.#write(register, data);
    const result = operation === OP_READ ? this.#read(register) : data;
    return { mdic: ((mdic & 0x2fff_0000) | result | READY) >>> 0, interrupt };
  }

  #write(register: number, data: number): void {
    if (!WRITABLE.has(register)) return;
    if (register === CONTROL && data & CONTROL_RESET) {
      this.reset();
      return;
    }
    this.#registers[register] = register === CONTROL ? data & ~CONTROL_RESTART : data;
  }

  #read(register: number): number {
    const value = this.#registers[register] as number;
    const up = this.#link || this.loopback;
    if (!up) return value;
    switch (register) {
      case STATUS:
        return value | STATUS_LINK;
      case PARTNER:
        return 0x45e1;
      case PARTNER_1000:
        return 0x7c00;
      case SPECIFIC_STATUS:
        return value | SPECIFIC_LINK;
      default:
        return value;
    }
  }
}
