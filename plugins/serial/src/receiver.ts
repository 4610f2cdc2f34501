import type { PortRegisters } from './uart.ts';

const LSR_DATA = 0x01;
/** No byte is in the receive buffer. */
const NONE = -1;
/**
 * Milliseconds that a FIFO's worth of bytes takes on the line: 16 bytes at 115,200 baud. If more came at once, Linux
 * would stay in its interrupt handler.
 */
export const FIFO_TIME = 1.4;
/** Milliseconds between looks at a byte that the driver may have taken without reading IIR; at first, and at most. */
const FIRST_LOOK = 1;
const LAST_LOOK = 128;
/** Milliseconds after which a driver that has read the status is not about to read the byte any more. */
const IN_BETWEEN = 1000;

/**
 * The receive FIFO. Its first byte stands in the receive buffer register with LSR.DR set; both are cleared as they are
 * read, without the device being asked: Linux reads them with interrupts off and a lock held, where it must not wait
 * for the device. The next byte comes up when the driver reads IIR, or a moment later.
 */
export class Receiver {
  readonly #regs: PortRegisters;
  readonly #changed: () => void;
  readonly #busy: () => boolean;
  /** Bytes of the FIFO behind the first one. */
  #waiting: number[] = [];
  #first = NONE;
  /** What has come over the line and found no room; the line waits as with hardware flow control. */
  #backlog: Uint8Array = new Uint8Array(0);
  #suspended = false;
  /** Runs while the bytes that have come in last would be on the line. */
  #line: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #interval = FIRST_LOOK;
  /** Since when the status has been read, and the byte perhaps not; as `performance.now()`. */
  #statusRead: number | undefined;
  capacity = 1;

  /** `busy`: the driver is in its interrupt handler, which must not find more and more. */
  constructor(regs: PortRegisters, changed: () => void, busy: () => boolean) {
    this.#regs = regs;
    this.#changed = changed;
    this.#busy = busy;
  }

  /** Bytes that the driver has not taken. */
  get length(): number {
    this.#notice(false);
    return this.#waiting.length + (this.#first === NONE ? 0 : 1);
  }

  get room(): number {
    return this.capacity - this.length;
  }

  push(data: Uint8Array): void {
    this.#backlog = this.#backlog.length === 0 ? Uint8Array.from(data) : Buffer.concat([this.#backlog, data]);
    this.#refill();
  }

  /** Shows the next byte if the one before has been taken. `settled`: the driver is not about to read that now. */
  advance(settled: boolean): void {
    this.#notice(settled);
    if (this.#first !== NONE || this.#suspended) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#first = next;
    this.#regs.data.value = next;
    this.#regs.lineStatus.setBits(LSR_DATA);
  }

  /** Forgets what is in the FIFO; what waits on the line comes in. */
  clear(): void {
    this.#first = NONE;
    this.#statusRead = undefined;
    this.#waiting = [];
    if (!this.#suspended) this.#regs.data.value = 0;
    this.#regs.lineStatus.clearBits(LSR_DATA);
    this.#refillIfWaiting();
  }

  reset(): void {
    this.#backlog = new Uint8Array(0);
    this.#suspended = false;
    this.capacity = 1;
    this.clear();
  }

  /** The receive buffer register is something else for a while. */
  suspend(): void {
    this.#notice(true);
    if (this.#first !== NONE) this.#waiting.unshift(this.#first);
    this.#first = NONE;
    this.#regs.lineStatus.clearBits(LSR_DATA);
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.advance(false);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#line);
  }

  /**
   * Sees whether the driver has taken the first byte. It reads the status, which clears LSR.DR, and then the byte, which
   * clears that; in between, another thread may be here. A byte of 0 does not tell whether it has been read.
   */
  #notice(settled: boolean): void {
    const { data, lineStatus } = this.#regs;
    if (this.#first === NONE || lineStatus.value & LSR_DATA) {
      this.#statusRead = undefined;
      return;
    }
    this.#statusRead ??= performance.now();
    if (this.#first === 0 || data.value !== 0) {
      if (!settled && performance.now() - this.#statusRead < IN_BETWEEN) return;
      this.#statusRead = undefined;
      if (this.#first !== 0) {
        // Only the status was read, as by a program that waits until everything is sent.
        lineStatus.setBits(LSR_DATA);
        return;
      }
    }
    this.#first = NONE;
    this.#statusRead = undefined;
    this.#interval = FIRST_LOOK;
    this.#refillIfWaiting();
  }

  /** What waits on the line comes in: at most what fits into the FIFO, and the next bytes not before `FIFO_TIME`. */
  #refill(): void {
    const { room } = this;
    if (this.#busy()) this.#refillIfWaiting();
    else if (this.#line === undefined && room > 0 && this.#backlog.length > 0) {
      this.#waiting.push(...this.#backlog.subarray(0, room));
      this.#backlog = this.#backlog.subarray(room);
      this.#line = setTimeout(() => this.#lineFree(), FIFO_TIME);
    }
    this.advance(false);
    if (this.length > 0) this.#lookLater();
    this.#changed();
  }

  #lineFree(): void {
    this.#line = undefined;
    if (this.#backlog.length > 0) this.#refill();
  }

  /** In a turn of its own: who takes a byte does not find more and more of them. */
  #refillIfWaiting(): void {
    if (this.#backlog.length > 0) this.#line ??= setTimeout(() => this.#lineFree(), FIFO_TIME);
  }

  /** Drivers that poll the line status do not read IIR. */
  #lookLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.advance(false);
      this.#changed();
      if (this.length === 0) return;
      this.#interval = Math.min(2 * this.#interval, LAST_LOOK);
      this.#lookLater();
    }, this.#interval);
  }
}
