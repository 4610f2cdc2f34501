import {
  FCR_CLEAR_RX,
  FCR_CLEAR_TX,
  FCR_ENABLE,
  IER_BITS,
  IER_LINE,
  IER_MODEM,
  IER_RX,
  IER_TX,
  IIR_FIFO,
  IIR_LINE,
  IIR_MODEM,
  IIR_NONE,
  IIR_RX,
  IIR_RX_TIMEOUT,
  IIR_TX,
  LCR_DLAB,
  LSR_HOLDING_EMPTY,
  LSR_OVERRUN,
  LSR_SHIFT_EMPTY,
  MCR_LOOP,
  MSR_CONNECTED,
  MSR_DELTAS,
  TRIGGERS,
} from './bits.ts';
import type { Line } from './line.ts';
import type { PortRegisters } from './port-registers.ts';
import { FIFO_TIME, Receiver } from './receiver.ts';
import { Watch } from './watch.ts';

export const FIFO_BYTES = 16;

/** Milliseconds after which a driver that has seen an interrupt in IIR is not in its handler any more. */
const HANDLER_TIME = 1000;
/**
 * Milliseconds until the interrupt of the transmitter comes when the driver enables nothing else. Linux does that when it
 * opens a port, to see whether it comes twice in a row at once; one that comes the first time and not the second time,
 * since the device has not got so far, is taken for broken from then on.
 */
const HOLD_TIME = 2;

/**
 * One port: a 16550A. The line has 115,200 baud, whatever the divisor says. No read of the driver waits for the device:
 * it reads stored values, and the device sees by these what has been read.
 */
export class Uart {
  readonly #line: Line;
  readonly #regs: PortRegisters;
  readonly #receiver: Receiver;
  readonly #changed: () => void;
  readonly #watch = new Watch(() => this.#look());
  #tx: number[] = [];
  #ier = 0;
  #mcr = 0;
  #dlab = false;
  readonly #divisor = [0, 0];
  #fifo = false;
  #trigger = 1;
  #txInterrupt = false;
  /** The line has not taken what was sent last. */
  #sending = false;
  #flushing: NodeJS.Timeout | undefined;
  /** Until when the driver is taken to be in its interrupt handler; as `performance.now()`. */
  #busyUntil = 0;
  /** Until when the interrupt of the transmitter does not come; as `performance.now()`. */
  #heldUntil = 0;
  /** What the driver finds in IIR until it has read it. */
  #shown: number = IIR_NONE;

  /** `changed`: the interrupt may have come or gone. */
  constructor(line: Line, regs: PortRegisters, changed: () => void) {
    this.#line = line;
    this.#regs = regs;
    this.#changed = changed;
    this.#receiver = new Receiver(
      regs,
      () => this.#update(),
      () => this.#busy,
    );
    this.reset();
    line.onData((data) => {
      if (!(this.#mcr & MCR_LOOP)) this.#receiver.push(data);
    });
  }

  /** After a reset of the function: the stored registers are back already. */
  reset(): void {
    clearTimeout(this.#flushing);
    this.#watch.stop();
    this.#flushing = undefined;
    this.#tx = [];
    this.#ier = this.#mcr = this.#busyUntil = 0;
    this.#dlab = this.#fifo = this.#txInterrupt = false;
    this.#divisor.fill(0);
    this.#trigger = 1;
    this.#regs.lineStatus.setBits(LSR_HOLDING_EMPTY);
    this.#regs.modemStatus.setBits(MSR_CONNECTED);
    this.#receiver.reset();
    this.#show(IIR_NONE);
  }

  close(): void {
    clearTimeout(this.#flushing);
    this.#watch.stop();
    this.#receiver.close();
    this.#line.close();
  }

  get interrupting(): boolean {
    return this.#cause() !== IIR_NONE;
  }

  /** Transmit holding register, or the low byte of the divisor. Linux may not yet see that the FIFO is full: it is not. */
  writeData(byte: number): void {
    if (this.#dlab) {
      this.#divisor[0] = byte;
      this.#regs.data.value = byte;
      return;
    }
    this.#txInterrupt = false;
    this.#tx.push(byte);
    this.#regs.lineStatus.clearBits(LSR_HOLDING_EMPTY | LSR_SHIFT_EMPTY);
    this.#flushLater();
    this.#update();
  }

  writeInterruptEnable(value: number): void {
    if (this.#dlab) {
      this.#divisor[1] = value;
      this.#regs.interruptEnable.value = value;
      return;
    }
    // Enabling it with nothing to send interrupts at once.
    if (value & ~this.#ier & IER_TX && this.#sent) this.#txInterrupt = true;
    this.#ier = value & IER_BITS;
    if (this.#ier & IER_RX && this.#sent) this.#regs.lineStatus.setBits(LSR_SHIFT_EMPTY);
    if (this.#ier === IER_TX) this.#heldUntil = performance.now() + HOLD_TIME;
    this.#update();
  }

  writeFifoControl(value: number): void {
    const fifo = (value & FCR_ENABLE) !== 0;
    if (value & FCR_CLEAR_RX || fifo !== this.#fifo) this.#receiver.clear();
    // There is nothing to clear on the other side: what was written is on the line. Until receiving is enabled, LSR.TEMT
    // is 0: when Linux opens a port, it takes one that is empty and does not interrupt yet for broken, and then reads
    // the line status at any time.
    if (value & FCR_CLEAR_TX && !(this.#ier & IER_RX)) this.#regs.lineStatus.clearBits(LSR_SHIFT_EMPTY);
    this.#fifo = fifo;
    this.#receiver.capacity = fifo ? FIFO_BYTES : 1;
    this.#trigger = TRIGGERS[value >>> 6] ?? 1;
    this.#update();
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
      // The driver may have written it meanwhile.
      if ((interruptEnable.value & IER_BITS) === ((this.#divisor[1] ?? 0) & IER_BITS))
        interruptEnable.value = this.#ier;
      data.value = 0;
      this.#receiver.resume();
    }
    this.#update();
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
    this.#update();
  }

  /** Whether the driver goes on to read IIR until that says that there is nothing more. */
  get #busy(): boolean {
    return performance.now() < this.#busyUntil;
  }

  /** The interrupt of the transmitter is to be shown later. */
  get #txWaits(): boolean {
    return this.#ier === IER_TX && this.#txInterrupt && this.#shown === IIR_NONE;
  }

  get #txHeld(): boolean {
    return this.#ier === IER_TX && this.#txInterrupt && performance.now() < this.#heldUntil;
  }

  /** The transmitter has nothing to do. */
  get #sent(): boolean {
    return this.#tx.length === 0 && !this.#sending;
  }

  /**
   * Sees what the driver has read. Reading IIR leaves it saying that there is no interrupt, until the device has seen
   * that; and takes back the interrupt of the transmitter that it has reported.
   */
  #look(): void {
    const iirRead = this.#shown !== IIR_NONE && (this.#regs.interruptId.value & IIR_NONE) !== 0;
    if (iirRead) {
      this.#busyUntil = performance.now() + HANDLER_TIME;
      if (this.#shown === IIR_TX) this.#txInterrupt = false;
    }
    const happened = this.#receiver.look(iirRead) || iirRead;
    this.#show(this.#cause());
    this.#changed();
    if (this.#shown === IIR_NONE && this.#receiver.length === 0 && !this.#txWaits) this.#watch.stop();
    else if (happened) this.#watch.soon();
    else this.#watch.next();
  }

  /** Something has happened on the device's side. */
  #update(): void {
    const cause = this.#cause();
    // What the driver has read must not look unread: only `look` puts the same again.
    const isNew = cause !== this.#shown;
    if (isNew) this.#show(cause);
    this.#changed();
    if (isNew) this.#watch.soon();
    else if (this.#receiver.length > 0 || this.#txWaits) this.#watch.next();
  }

  #show(cause: number): void {
    if (cause === IIR_NONE) this.#busyUntil = 0;
    this.#shown = cause;
    this.#regs.interruptId.value = IIR_FIFO | cause;
  }

  #cause(): number {
    const received = this.#receiver.length;
    if (this.#ier & IER_LINE && this.#regs.lineStatus.value & LSR_OVERRUN) return IIR_LINE;
    if (this.#ier & IER_RX && received > 0) return !this.#fifo || received >= this.#trigger ? IIR_RX : IIR_RX_TIMEOUT;
    if (this.#ier & IER_TX && this.#txInterrupt && !this.#txHeld) return IIR_TX;
    return this.#ier & IER_MODEM && this.#regs.modemStatus.value & MSR_DELTAS ? IIR_MODEM : IIR_NONE;
  }

  #flushLater(): void {
    if (!this.#sending) this.#flushing ??= setTimeout(() => this.#flush(), FIFO_TIME);
  }

  /** All that the driver has written in one go leaves together. */
  #flush(): void {
    this.#flushing = undefined;
    if (this.#busy) {
      this.#flushLater();
      return;
    }
    const data = Uint8Array.from(this.#tx);
    this.#tx = [];
    if (this.#mcr & MCR_LOOP) {
      this.#loop(data);
      this.#lineTook();
      return;
    }
    this.#sending = true;
    this.#line.send(data, () => this.#lineTook());
  }

  /** The line has taken what was sent: there is room again. */
  #lineTook(): void {
    this.#sending = false;
    if (this.#tx.length > 0) {
      this.#flushLater();
      return;
    }
    this.#regs.lineStatus.setBits(LSR_HOLDING_EMPTY | LSR_SHIFT_EMPTY);
    this.#txInterrupt = true;
    this.#update();
  }

  /** Nothing holds the sender back here, so that what finds no room is lost. */
  #loop(data: Uint8Array): void {
    const { room } = this.#receiver;
    this.#receiver.push(data.subarray(0, room));
    if (data.length > room) this.#regs.lineStatus.setBits(LSR_OVERRUN);
  }
}
