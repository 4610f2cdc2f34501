import type { Line } from './line.ts';
import { FIFO_TIME, Receiver } from './receiver.ts';

export const FIFO_BYTES = 16;

/** Line Control: registers 0 and 1 are the divisor. */
const LCR_DLAB = 0x80;
const FCR_ENABLE = 0x01;
const FCR_CLEAR_RX = 0x02;
/** FIFO Control, bits 7:6: bytes from which on the interrupt comes at once. */
const TRIGGERS = [1, 4, 8, 14] as const;

const IER_RX = 0x01;
const IER_TX = 0x02;
const IER_LINE = 0x04;
const IER_MODEM = 0x08;
const IER_BITS = 0x0f;

const IIR_NONE = 0x01;
const IIR_MODEM = 0x00;
const IIR_TX = 0x02;
const IIR_RX = 0x04;
const IIR_LINE = 0x06;
const IIR_RX_TIMEOUT = 0x0c;
const IIR_FIFO = 0xc0;

const LSR_OVERRUN = 0x02;
const LSR_TX_EMPTY = 0x60;

/** Milliseconds after which a driver that has seen an interrupt in IIR is not in its handler any more. */
const HANDLER_TIME = 1000;

const MCR_LOOP = 0x10;
const MSR_DELTAS = 0x0f;
/** CTS, DSR and DCD: somebody is at the other end. */
const MSR_CONNECTED = 0xb0;

/** A register that the driver reads without the device being asked. */
export interface PlainRegister {
  value: number;
  setBits(mask: number): void;
  clearBits(mask: number): void;
}

/** The registers of a port whose stored values the driver reads. */
export interface PortRegisters {
  readonly data: PlainRegister;
  readonly interruptEnable: PlainRegister;
  readonly lineStatus: PlainRegister;
  readonly modemStatus: PlainRegister;
}

/** One port: a 16550A. The line has 115,200 baud, whatever the divisor says. */
export class Uart {
  readonly #line: Line;
  readonly #regs: PortRegisters;
  readonly #receiver: Receiver;
  readonly #changed: () => void;
  #tx: number[] = [];
  #ier = 0;
  #mcr = 0;
  #dlab = false;
  readonly #divisor = [0, 0];
  #fifo = false;
  #trigger = 1;
  #txInterrupt = false;
  #flushing: NodeJS.Timeout | undefined;
  /** Until when the driver is taken to be in its interrupt handler; as `performance.now()`. */
  #busyUntil = 0;

  /** `changed`: the interrupt may have come or gone. */
  constructor(line: Line, regs: PortRegisters, changed: () => void) {
    this.#line = line;
    this.#regs = regs;
    this.#changed = changed;
    this.#receiver = new Receiver(regs, changed, () => this.#busy);
    this.reset();
    line.onData((data) => {
      if (!(this.#mcr & MCR_LOOP)) this.#receiver.push(data);
    });
  }

  /** After a reset of the function: the stored registers are back already. */
  reset(): void {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    this.#tx = [];
    this.#ier = this.#mcr = this.#busyUntil = 0;
    this.#dlab = this.#fifo = this.#txInterrupt = false;
    this.#divisor.fill(0);
    this.#trigger = 1;
    this.#regs.lineStatus.setBits(LSR_TX_EMPTY);
    this.#regs.modemStatus.setBits(MSR_CONNECTED);
    this.#receiver.reset();
  }

  close(): void {
    clearTimeout(this.#flushing);
    this.#receiver.close();
    this.#line.close();
  }

  get interrupting(): boolean {
    return this.#cause() !== IIR_NONE;
  }

  /** Transmit holding register, or the low byte of the divisor. */
  writeData(byte: number): void {
    if (this.#dlab) {
      this.#divisor[0] = byte;
      this.#regs.data.value = byte;
      return;
    }
    this.#txInterrupt = false;
    if (this.#tx.length < (this.#fifo ? FIFO_BYTES : 1)) this.#tx.push(byte);
    this.#regs.lineStatus.clearBits(LSR_TX_EMPTY);
    this.#flushing ??= setTimeout(() => this.#flush(), FIFO_TIME);
    this.#changed();
  }

  writeInterruptEnable(value: number): void {
    if (this.#dlab) {
      this.#divisor[1] = value;
      this.#regs.interruptEnable.value = value;
      return;
    }
    // Enabling it with nothing to send interrupts at once.
    if (value & ~this.#ier & IER_TX && this.#regs.lineStatus.value & LSR_TX_EMPTY) this.#txInterrupt = true;
    this.#ier = value & IER_BITS;
    this.#regs.interruptEnable.value = this.#ier;
    this.#changed();
  }

  /**
   * Interrupt identification. Reading takes back the interrupt of the transmitter that it reports, and is when the next
   * byte comes up: drivers read this before each look at the line status.
   */
  readInterruptId(): number {
    this.#receiver.advance(true);
    const cause = this.#cause();
    if (cause === IIR_TX) this.#txInterrupt = false;
    this.#busyUntil = cause === IIR_NONE ? 0 : performance.now() + HANDLER_TIME;
    this.#changed();
    return cause | (this.#fifo ? IIR_FIFO : 0);
  }

  writeFifoControl(value: number): void {
    const fifo = (value & FCR_ENABLE) !== 0;
    if (value & FCR_CLEAR_RX || fifo !== this.#fifo) this.#receiver.clear();
    // There is nothing to clear on the other side: what was written is on the line.
    this.#fifo = fifo;
    this.#receiver.capacity = fifo ? FIFO_BYTES : 1;
    this.#trigger = TRIGGERS[value >>> 6] ?? 1;
    this.#changed();
  }

  writeLineControl(value: number): void {
    const dlab = (value & LCR_DLAB) !== 0;
    if (dlab === this.#dlab) return;
    this.#dlab = dlab;
    const { data, interruptEnable } = this.#regs;
    if (dlab) {
      this.#receiver.suspend();
      [data.value, interruptEnable.value] = this.#divisor as [number, number];
    } else {
      interruptEnable.value = this.#ier;
      data.value = 0;
      this.#receiver.resume();
    }
  }

  /** In loop mode the outputs are the inputs: DTR is DSR, RTS is CTS, OUT1 is RI, OUT2 is DCD. */
  writeModemControl(value: number): void {
    this.#mcr = value;
    const [dtr, rts, outs] = [value & 1, (value >>> 1) & 1, (value >>> 2) & 3];
    const inputs = value & MCR_LOOP ? (rts << 4) | (dtr << 5) | (outs << 6) : MSR_CONNECTED;
    const { modemStatus } = this.#regs;
    const before = modemStatus.value;
    // The delta of RI tells only of its end.
    const deltas = ((before ^ inputs) >>> 4) & ~((~before >>> 4) & 0x4);
    modemStatus.clearBits(0xf0 & ~inputs);
    modemStatus.setBits(inputs | (deltas & MSR_DELTAS));
    this.#changed();
  }

  /** Whether the driver goes on to read IIR until that says that there is nothing more. */
  get #busy(): boolean {
    return performance.now() < this.#busyUntil;
  }

  #cause(): number {
    const received = this.#receiver.length;
    if (this.#ier & IER_LINE && this.#regs.lineStatus.value & LSR_OVERRUN) return IIR_LINE;
    if (this.#ier & IER_RX && received > 0) return !this.#fifo || received >= this.#trigger ? IIR_RX : IIR_RX_TIMEOUT;
    if (this.#ier & IER_TX && this.#txInterrupt) return IIR_TX;
    return this.#ier & IER_MODEM && this.#regs.modemStatus.value & MSR_DELTAS ? IIR_MODEM : IIR_NONE;
  }

  /** All that the driver has written in one go leaves together. */
  #flush(): void {
    if (this.#busy) {
      this.#flushing = setTimeout(() => this.#flush(), FIFO_TIME);
      return;
    }
    this.#flushing = undefined;
    const data = Uint8Array.from(this.#tx);
    this.#tx = [];
    this.#regs.lineStatus.setBits(LSR_TX_EMPTY);
    this.#txInterrupt = true;
    if (this.#mcr & MCR_LOOP) this.#loop(data);
    else if (data.length > 0) this.#line.send(data);
    this.#changed();
  }

  /** Nothing holds the sender back here, so that what finds no room is lost. */
  #loop(data: Uint8Array): void {
    const { room } = this.#receiver;
    this.#receiver.push(data.subarray(0, room));
    if (data.length > room) this.#regs.lineStatus.setBits(LSR_OVERRUN);
  }
}
