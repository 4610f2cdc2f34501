import type { Context } from './registers.ts';

/** Causes: bits of ICR, ICS, IMS and IMC. */
export const Cause = {
  /** A descriptor that asked for it has been sent. */
  TXDW: 1 << 0,
  /** The transmit ring is empty. */
  TXQE: 1 << 1,
  /** The link has come or gone. */
  LSC: 1 << 2,
  /** Few receive descriptors are left. */
  RXDMT0: 1 << 4,
  /** A frame was lost for want of receive descriptors. */
  RXO: 1 << 6,
  /** A frame has been received. */
  RXT0: 1 << 7,
  /** An access to the PHY is done. */
  MDAC: 1 << 9,
} as const;

/** Milliseconds of one unit of ITR: 256 ns (section 13.4.18 of the manual). */
const ITR_UNIT = 256e-6;
/** Milliseconds after which the line follows an ICR that was read without anything being written. */
const LOOK_AGAIN = 1;

/**
 * ICR, IMS and the interrupt line. The driver's read of ICR clears it without the device being told; the line falls
 * with the next thing that the device hears of, which is the driver's write to IMC, or when it looks by itself. Two
 * rises of the line are at least as far apart as ITR says.
 */
export class Interrupts {
  readonly #regs: Context['regs'];
  readonly #irq: Context['irq'];
  #asserted = false;
  /** Time before which the line must not rise again; as `performance.now()`. */
  #quietUntil = 0;
  #throttled = false;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor({ regs, irq }: Pick<Context, 'regs' | 'irq'>) {
    this.#regs = regs;
    this.#irq = irq;
  }

  raise(causes: number): void {
    this.#regs.ICR.setBits(causes);
    this.update();
  }

  enable(causes: number): void {
    this.#regs.IMS.setBits(causes);
    this.update();
  }

  disable(causes: number): void {
    this.#regs.IMS.clearBits(causes);
    this.update();
  }

  reset(): void {
    this.#regs.IMS.value = 0;
    this.#regs.ICR.value = 0;
    this.#quietUntil = 0;
    this.update();
  }

  close(): void {
    this.#stopWaiting();
  }

  update(): void {
    const { ICR, IMS } = this.#regs;
    if ((ICR.value & IMS.value) === 0) this.#fall();
    else if (this.#asserted) this.#irq.assert();
    else if (!this.#throttled) this.#rise();
  }

  #rise(): void {
    const now = performance.now();
    if (now < this.#quietUntil) {
      this.#throttled = true;
      this.#wait(this.#quietUntil - now);
      return;
    }
    this.#asserted = true;
    this.#quietUntil = now + this.#regs.ITR.value * ITR_UNIT;
    this.#irq.assert();
    this.#timer = setTimeout(() => this.#lookAgain(), LOOK_AGAIN);
  }

  #fall(): void {
    this.#stopWaiting();
    this.#asserted = false;
    this.#irq.deassert();
  }

  /** Timers are no finer than a millisecond: the rest is waited for turn by turn of the event loop. */
  #wait(milliseconds: number): void {
    const again = () => {
      this.#throttled = false;
      this.update();
    };
    if (milliseconds > 2) this.#timer = setTimeout(again, milliseconds - 1);
    else this.#immediate = setImmediate(again);
  }

  #lookAgain(): void {
    this.update();
    if (this.#asserted) this.#timer = setTimeout(() => this.#lookAgain(), LOOK_AGAIN);
  }

  #stopWaiting(): void {
    this.#throttled = false;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
