import type { Line } from './line.ts';

export const FIFO_BYTES = 64;

/** Line Control: registers 0 and 1 are the divisor. */
const LCR_DLAB = 0x80;
const FCR_ENABLE = 0x01;
const FCR_CLEAR_RX = 0x02;
const FCR_CLEAR_TX = 0x04;
/** FIFO Control, bits 7:6: bytes from which on the interrupt comes at once. */
const TRIGGERS = [1, 4, 8, 14] as const;

const IER_RX = 0x01;
const IER_TX = 0x02;
const IER_LINE = 0x04;
const IER_MODEM = 0x08;

const IIR_NONE = 0x01;
const IIR_MODEM = 0x00;
const IIR_TX = 0x02;
const IIR_RX = 0x04;
const IIR_LINE = 0x06;
const IIR_RX_TIMEOUT = 0x0c;
const IIR_FIFO = 0xc0;

const LSR_DATA = 0x01;
const LSR_OVERRUN = 0x02;
const LSR_TX_EMPTY = 0x60;

const MCR_LOOP = 0x10;
const MSR_DELTAS = 0x0f;
/** CTS, DSR and DCD: somebody is at the other end. */
const MSR_CONNECTED = 0xb0;

/** Registers that the driver reads without the device being asked. */
export interface StatusRegister {
  readonly value: number;
  setBits(mask: number): void;
  clearBits(mask: number): void;
}

/** One port: a 16550 with FIFOs of 64 bytes. A byte takes no time on the line, whatever the divisor says. */
export class Uart {
  readonly #line: Line;
  readonly #lsr: StatusRegister;
  readonly #msr: StatusRegister;
  readonly #changed: () => void;
  readonly #rx: number[] = [];
  /** What has come over the line and found no room; the line waits as with hardware flow control. */
  #backlog: Uint8Array = new Uint8Array(0);
  #tx: number[] = [];
  #ier = 0;
  #lcr = 0;
  #mcr = 0;
  #divisor = [0, 0];
  #fifo = false;
  #trigger = 1;
  #txInterrupt = false;
  #flushing: NodeJS.Immediate | undefined;

  /** `changed`: the interrupt may have come or gone. */
  constructor(line: Line, lsr: StatusRegister, msr: StatusRegister, changed: () => void) {
    this.#line = line;
    this.#lsr = lsr;
    this.#msr = msr;
    this.#changed = changed;
    this.reset();
    line.onData((data) => this.#receive(data));
  }

  reset(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    this.#rx.length = 0;
    this.#tx = [];
    this.#ier = this.#lcr = this.#mcr = 0;
    this.#divisor = [0, 0];
    this.#fifo = this.#txInterrupt = false;
    this.#trigger = 1;
    this.#lsr.setBits(LSR_TX_EMPTY);
    this.#lsr.clearBits(LSR_DATA | LSR_OVERRUN);
    this.#msr.setBits(MSR_CONNECTED);
  }

  close(): void {
    clearImmediate(this.#flushing);
    this.#line.close();
  }

  get interrupting(): boolean {
    return this.#cause() !== IIR_NONE;
  }

  /** Receive buffer, or the low byte of the divisor. */
  readData(): number {
    if (this.#lcr & LCR_DLAB) return this.#divisor[0] as number;
    const byte = this.#rx.shift() ?? 0;
    this.#refill();
    this.#changed();
    return byte;
  }

  /** Transmit holding register, or the low byte of the divisor. */
  writeData(byte: number): void {
    if (this.#lcr & LCR_DLAB) {
      this.#divisor[0] = byte;
      return;
    }
    this.#txInterrupt = false;
    if (this.#tx.length < (this.#fifo ? FIFO_BYTES : 1)) this.#tx.push(byte);
    this.#lsr.clearBits(LSR_TX_EMPTY);
    this.#flushing ??= setImmediate(() => this.#flush());
    this.#changed();
  }

  readInterruptEnable(): number {
    return this.#lcr & LCR_DLAB ? (this.#divisor[1] as number) : this.#ier;
  }

  writeInterruptEnable(value: number): void {
    if (this.#lcr & LCR_DLAB) {
      this.#divisor[1] = value;
      return;
    }
    // Enabling it with nothing to send interrupts at once.
    if (value & ~this.#ier & IER_TX && this.#lsr.value & LSR_TX_EMPTY) this.#txInterrupt = true;
    this.#ier = value & 0x0f;
    this.#changed();
  }

  /** Interrupt identification; reading takes back the interrupt of the transmitter that it reports. */
  readInterruptId(): number {
    const cause = this.#cause();
    if (cause === IIR_TX) this.#txInterrupt = false;
    this.#changed();
    return cause | (this.#fifo ? IIR_FIFO : 0);
  }

  writeFifoControl(value: number): void {
    const fifo = (value & FCR_ENABLE) !== 0;
    if (value & FCR_CLEAR_RX || fifo !== this.#fifo) this.#rx.length = 0;
    if (value & FCR_CLEAR_TX) this.#tx = [];
    this.#fifo = fifo;
    this.#trigger = TRIGGERS[value >>> 6] ?? 1;
    this.#refill();
    this.#changed();
  }

  writeLineControl(value: number): void {
    this.#lcr = value;
  }

  /** In loop mode the outputs are the inputs: DTR is DSR, RTS is CTS, OUT1 is RI, OUT2 is DCD. */
  writeModemControl(value: number): void {
    this.#mcr = value;
    const [dtr, rts, outs] = [value & 1, (value >>> 1) & 1, (value >>> 2) & 3];
    const inputs = value & MCR_LOOP ? (rts << 4) | (dtr << 5) | (outs << 6) : MSR_CONNECTED;
    const before = this.#msr.value;
    // The delta of RI tells only of its end.
    const deltas = ((before ^ inputs) >>> 4) & ~((~before >>> 4) & 0x4);
    this.#msr.clearBits(0xf0 & ~inputs);
    this.#msr.setBits(inputs | (deltas & MSR_DELTAS));
    this.#changed();
  }

  #cause(): number {
    if (this.#ier & IER_LINE && this.#lsr.value & LSR_OVERRUN) return IIR_LINE;
    if (this.#ier & IER_RX && this.#rx.length > 0) {
      return !this.#fifo || this.#rx.length >= this.#trigger ? IIR_RX : IIR_RX_TIMEOUT;
    }
    if (this.#ier & IER_TX && this.#txInterrupt) return IIR_TX;
    return this.#ier & IER_MODEM && this.#msr.value & MSR_DELTAS ? IIR_MODEM : IIR_NONE;
  }

  /** All that the driver has written in one go leaves together. */
  #flush(): void {
    this.#flushing = undefined;
    const data = Uint8Array.from(this.#tx);
    this.#tx = [];
    this.#lsr.setBits(LSR_TX_EMPTY);
    this.#txInterrupt = true;
    if (data.length > 0) {
      if (this.#mcr & MCR_LOOP) this.#loop(data);
      else this.#line.send(data);
    }
    this.#changed();
  }

  /** Nothing holds the sender back here, so that what finds no room is lost. */
  #loop(data: Uint8Array): void {
    const room = this.#capacity - this.#rx.length;
    this.#rx.push(...data.subarray(0, room));
    if (data.length > room) this.#lsr.setBits(LSR_OVERRUN);
    this.#lsr.setBits(LSR_DATA);
  }

  #receive(data: Uint8Array): void {
    if (this.#mcr & MCR_LOOP) return;
    this.#backlog = this.#backlog.length === 0 ? data : Buffer.concat([this.#backlog, data]);
    this.#refill();
    this.#changed();
  }

  #refill(): void {
    const room = this.#capacity - this.#rx.length;
    if (room > 0 && this.#backlog.length > 0) {
      this.#rx.push(...this.#backlog.subarray(0, room));
      this.#backlog = this.#backlog.subarray(room);
    }
    if (this.#rx.length > 0) this.#lsr.setBits(LSR_DATA);
    else this.#lsr.clearBits(LSR_DATA);
  }

  get #capacity(): number {
    return this.#fifo ? FIFO_BYTES : 1;
  }
}
