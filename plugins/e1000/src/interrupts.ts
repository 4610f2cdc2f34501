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

/**
 * ICR, IMS and the interrupt line. The driver's read of ICR clears it without the device being told; the line falls
 * with the next thing that the device hears of, which is the driver's write to IMC.
 */
export class Interrupts {
  readonly #regs: Context['regs'];
  readonly #irq: Context['irq'];

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
    this.update();
  }

  update(): void {
    const { ICR, IMS } = this.#regs;
    if ((ICR.value & IMS.value) !== 0) this.#irq.assert();
    else this.#irq.deassert();
  }
}
