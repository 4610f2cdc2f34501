import { LSR_DATA } from './bits.ts';
import type { PortRegisters } from './port-registers.ts';

/** No byte is in the receive buffer. */
const NONE = -1;
/**
 * Milliseconds that a FIFO's worth of bytes takes on the line: 16 bytes at 115,200 baud. If more came at once, Linux
 * would stay in its interrupt handler.
 */
export const FIFO_TIME = 1.4;
/** Milliseconds after which a driver that has read the status is not about to read the byte any more. */
const IN_BETWEEN = 1000;

/**
 * The receive FIFO. Its first byte stands in the receive buffer register with LSR.DR set; both are cleared as they are
 * read, without the device being asked: Linux reads them with interrupts off and a lock held, where it must not wait
 * for the device. The next byte comes up when the device sees that this one has gone: in `look`.
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
  /** Since when the status has been read, and the byte perhaps not; as `performance.now()`. */
  #statusRead: number | undefined;
  capacity = 1;

  /** `changed`: something has come in. `busy`: the driver is in its interrupt handler, which must not find more and more. */
  constructor(regs: PortRegisters, changed: () => void, busy: () => boolean) {
    this.#regs = regs;
    this.#changed = changed;
    this.#busy = busy;
  }

  /** Bytes that the driver has not taken, as far as was seen in `look`. */
  get length(): number {
    return this.#waiting.length + (this.#first === NONE ? 0 : 1);
  }

  get room(): number {
    return Math.max(0, this.capacity - this.length);
  }

  push(data: Uint8Array): void {
    this.#backlog = this.#backlog.length === 0 ? Uint8Array.from(data) : Buffer.concat([this.#backlog, data]);
    this.#refill();
  }

  /**
   * Sees whether the driver has taken the first byte, and shows the next one. The driver reads the status, which clears
   * LSR.DR, and then the byte, which clears that; in between, the device may look. A byte of 0 does not tell whether it
   * has been read. `settled`: since the last look the driver has come to a point where it is not between the two. True
   * if anything has happened.
   */
  look(settled: boolean): boolean {
    if (this.#first === NONE) return this.#show();
    const { data, lineStatus } = this.#regs;
    if (lineStatus.value & LSR_DATA) {
      this.#statusRead = undefined;
      return false;
    }
    if (this.#first === 0 || data.value !== 0) {
      if (this.#statusRead === undefined) {
        this.#statusRead = performance.now();
        return true;
      }
      if (!settled && performance.now() - this.#statusRead < IN_BETWEEN) return false;
      if (this.#first !== 0) {
        // Only the status was read, as by a program that waits until everything is sent.
        this.#statusRead = undefined;
        lineStatus.setBits(LSR_DATA);
        return true;
      }
    }
    this.#first = NONE;
    this.#statusRead = undefined;
    this.#show();
    this.#refillLater();
    return true;
  }

  /** Forgets what is in the FIFO; what waits on the line comes in. */
  clear(): void {
    this.#first = NONE;
    this.#statusRead = undefined;
    this.#waiting = [];
    if (!this.#suspended) this.#regs.data.value = 0;
    this.#regs.lineStatus.clearBits(LSR_DATA);
    this.#refillLater();
  }

  reset(): void {
    this.#backlog = new Uint8Array(0);
    this.#suspended = false;
    this.capacity = 1;
    this.clear();
  }

  /** The receive buffer register is something else for a while. */
  suspend(): void {
    this.look(true);
    if (this.#first !== NONE) this.#waiting.unshift(this.#first);
    this.#first = NONE;
    this.#regs.lineStatus.clearBits(LSR_DATA);
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.#show();
  }

  close(): void {
    clearTimeout(this.#line);
  }

  /** Puts the next byte into the receive buffer; true if there is one. */
  #show(): boolean {
    if (this.#first !== NONE || this.#suspended) return false;
    const next = this.#waiting.shift();
    if (next === undefined) return false;
    this.#first = next;
    this.#regs.data.value = next;
    this.#regs.lineStatus.setBits(LSR_DATA);
    return true;
  }

  /** What waits on the line comes in: at most what fits into the FIFO, and the next bytes not before `FIFO_TIME`. */
  #refill(): void {
    const { room } = this;
    if (this.#busy()) this.#refillLater();
    else if (this.#line === undefined && room > 0 && this.#backlog.length > 0) {
      this.#waiting.push(...this.#backlog.subarray(0, room));
      this.#backlog = this.#backlog.subarray(room);
      this.#line = setTimeout(() => this.#lineFree(), FIFO_TIME);
    }
    this.#show();
    this.#changed();
  }

  #lineFree(): void {
    this.#line = undefined;
    if (this.#backlog.length > 0) this.#refill();
  }

  #refillLater(): void {
    if (this.#backlog.length > 0) this.#line ??= setTimeout(() => this.#lineFree(), FIFO_TIME);
  }
}
