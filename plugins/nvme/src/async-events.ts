import { ASYNC_EVENT_LIMIT } from './limits.ts';

/** Asynchronous Event Type (NVMe 1.4 §5.2.1). */
export const EventType = { Error: 0, Health: 1 } as const;
/** Asynchronous Event Information for errors (§5.2.1). */
export const ErrorEvent = { InvalidDoorbellRegister: 0, InvalidDoorbellValue: 1 } as const;
/** Asynchronous Event Information for health (§5.2.1). */
export const HealthEvent = { TemperatureThreshold: 1 } as const;

const TYPES = 2;

/** Completes an outstanding request with dword 0; false when the admin completion queue is full. */
export type EventSink = (commandId: number, dword0: number) => boolean;

/**
 * Asynchronous events (NVMe 1.4 §5.2): a request stays outstanding until an event happens. After an
 * event its type is masked until the host reads the log page that belongs to it.
 */
export class AsyncEvents {
  readonly #outstanding: number[] = [];
  readonly #masked = new Array<boolean>(TYPES).fill(false);
  readonly #pending = new Array<number>(TYPES).fill(-1);
  readonly #sink: EventSink;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  get full(): boolean {
    return this.#outstanding.length >= ASYNC_EVENT_LIMIT;
  }

  request(commandId: number): void {
    this.#outstanding.push(commandId);
  }

  /** Takes an outstanding request back; false if there is none with this identifier. */
  abort(commandId: number): boolean {
    const index = this.#outstanding.indexOf(commandId);
    if (index < 0) return false;
    this.#outstanding.splice(index, 1);
    return true;
  }

  /** An event happened; `logPage` is where the host finds the details. `deliver` tells the host. */
  raise(type: number, information: number, logPage: number): void {
    this.#pending[type] = type | (information << 8) | (logPage << 16);
  }

  /** The host has read the log page with Retain Asynchronous Event clear. */
  clear(type: number): void {
    this.#masked[type] = false;
    this.#pending[type] = -1;
  }

  /** Completes requests for pending events, as far as both are there; returns whether any was. */
  deliver(): boolean {
    let delivered = false;
    for (let type = 0; type < TYPES; type++) {
      const event = this.#pending[type] as number;
      if (event < 0 || this.#masked[type] || this.#outstanding.length === 0) continue;
      if (!this.#sink(this.#outstanding[0] as number, event)) break;
      this.#outstanding.shift();
      this.#pending[type] = -1;
      this.#masked[type] = true;
      delivered = true;
    }
    return delivered;
  }

  /** Controller reset: requests vanish without completion. */
  reset(): void {
    this.#outstanding.length = 0;
    this.#masked.fill(false);
    this.#pending.fill(-1);
  }
}
