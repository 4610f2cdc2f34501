import { eepromWords, Microwire } from './eeprom.ts';
import { Cause, Interrupts } from './interrupts.ts';
import type { Link } from './link/link.ts';
import type { Options } from './options.ts';
import { Phy } from './phy.ts';
import { Receiver } from './receiver.ts';
import type { Context } from './registers.ts';
import { Ring } from './ring.ts';
import { Statistics } from './statistics.ts';
import { Transmitter } from './transmitter.ts';

const CTRL_RESET = 1 << 26;
const CTRL_PHY_RESET = 2 ** 31;
const CTRL_RESET_VALUE = 0x0000_0a49;
/** RCTL.LBM: the MAC hears itself. */
const MAC_LOOPBACK = 1;

/** The card: what its parts do together. */
export class Nic {
  readonly interrupts: Interrupts;
  readonly #regs: Context['regs'];
  readonly #link: Link;
  readonly #phy = new Phy();
  readonly #words: Uint16Array;
  readonly #microwire: Microwire;
  readonly #statistics: Statistics;
  readonly #transmitter: Transmitter;
  readonly #receiver: Receiver;
  readonly #mac: Uint8Array;
  #up = false;

  constructor(ctx: Context, link: Link, { mac, model }: Options) {
    const { regs, dma, log } = ctx;
    this.#regs = regs;
    this.#link = link;
    this.#mac = mac;
    this.#words = eepromWords(mac, model);
    this.#microwire = new Microwire(this.#words);
    this.interrupts = new Interrupts(ctx);
    this.#statistics = new Statistics(regs);
    this.#receiver = new Receiver(regs, dma, ringOf(regs, 'R'));
    this.#transmitter = new Transmitter({
      dma,
      ring: ringOf(regs, 'T'),
      vlanEtherType: () => regs.VET.value,
      send: (frame) => this.#send(frame),
      segmented: () => this.#statistics.segmented(),
      warn: (message) => log.warn(message),
    });
    this.#loadAddress();
    link.attach(
      (frame) => this.#receive(frame),
      (up) => this.#setLink(up),
    );
  }

  close(): void {
    this.interrupts.close();
    this.#link.close();
  }

  /** After a reset of the function: registers are back already. */
  reset(): void {
    this.#transmitter.reset();
    this.#phy.reset();
    this.#loadAddress();
    this.#showLink();
    this.interrupts.reset();
  }

  control(value: number): void {
    this.#regs.CTRL.value = value & ~(CTRL_RESET | CTRL_PHY_RESET);
    if (value & CTRL_PHY_RESET) this.#phy.reset();
    if (value & CTRL_RESET) this.#resetMac();
  }

  /** Moves the lines of the EEPROM. Of several writes each one counts: the register may be ahead of this one. */
  eepromControl(value: number): void {
    const { EECD } = this.#regs;
    EECD.GNT = (value >>> 6) & 1;
    EECD.DO = this.#microwire.drive((value >>> 1) & 1, value & 1, (value >>> 2) & 1);
  }

  eepromRead(value: number): void {
    if ((value & 1) === 0) return;
    const { EERD } = this.#regs;
    EERD.DATA = this.#words[(value >>> 8) & (this.#words.length - 1)] as number;
    EERD.DONE = 1;
  }

  manage(command: number): void {
    const { mdic, interrupt } = this.#phy.command(command);
    this.#regs.MDIC.value = mdic;
    if (interrupt) this.interrupts.raise(Cause.MDAC);
  }

  transmit(): void {
    if (!this.#regs.TCTL.EN) return;
    const head = this.#regs.TDH.value;
    const reported = this.#transmitter.run();
    if (this.#regs.TDH.value !== head) this.interrupts.raise((reported ? Cause.TXDW : 0) | Cause.TXQE);
  }

  #resetMac(): void {
    const { CTRL, RCTL, TCTL, RDH, RDT, TDH, TDT, RAL, RAH } = this.#regs;
    CTRL.value = CTRL_RESET_VALUE;
    for (const register of [RCTL, TCTL, RDH, RDT, TDH, TDT]) register.value = 0;
    for (const register of [...RAL, ...RAH]) register.value = 0;
    this.#transmitter.reset();
    this.#loadAddress();
    this.interrupts.reset();
  }

  /** The card's own address is the first one that it listens to. */
  #loadAddress(): void {
    const view = new DataView(this.#mac.buffer, this.#mac.byteOffset);
    this.#regs.RAL.at(0).value = view.getUint32(0, true);
    const entry = this.#regs.RAH.at(0);
    entry.ADDRESS = view.getUint16(4, true);
    entry.VALID = 1;
  }

  #setLink(up: boolean): void {
    this.#phy.link = up;
    this.#up = up;
    this.#showLink();
    this.interrupts.raise(Cause.LSC);
  }

  #showLink(): void {
    this.#regs.STATUS.LU = this.#up ? 1 : 0;
  }

  #send(frame: Uint8Array): void {
    this.#statistics.sent(frame);
    if (this.#phy.loopback || this.#regs.RCTL.LBM === MAC_LOOPBACK) this.#receive(frame);
    else this.#link.send(frame);
  }

  #receive(frame: Uint8Array): void {
    const reception = this.#receiver.receive(frame);
    if (reception === 'received') {
      this.#statistics.received(frame);
      this.interrupts.raise(Cause.RXT0 | (this.#receiver.runsLow ? Cause.RXDMT0 : 0));
    } else if (reception === 'missed') {
      this.#statistics.missed();
      this.interrupts.raise(Cause.RXO);
    }
  }
}

function ringOf(regs: Context['regs'], side: 'R' | 'T'): Ring {
  return new Ring({
    addressLow: regs[`${side}DBAL`],
    addressHigh: regs[`${side}DBAH`],
    length: regs[`${side}DLEN`],
    head: regs[`${side}DH`],
    tail: regs[`${side}DT`],
  });
}
