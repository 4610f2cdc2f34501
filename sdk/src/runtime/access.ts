import type { Access } from '../context.ts';
import type { DeferredRead } from '../deferred.ts';
import { CompletionStatus, type HostPort } from '../host-port.ts';

/** The access that is being handled; one object for all accesses of a function. */
export class CurrentAccess implements Access {
  offset = 0;
  size = 0;
  wholeOffset = 0;
  wholeSize = 0;
  /** First byte of the register whose read handler runs; -1: none runs, or the access covers more than it. */
  deferrable = -1;
  /** What the handler that runs has got from `ctx.defer()`. */
  deferred: Deferred | undefined;
}

/** A read that is to be answered later. */
export class Deferred implements DeferredRead {
  #complete: ((status: number, low: number, high: number) => void) | undefined;
  readonly #shift: bigint;
  readonly #bits: number;

  constructor(port: HostPort, access: CurrentAccess, patient: boolean) {
    if (access.deferrable < 0) {
      throw new Error('defer() works in a read handler, for an access that lies within the one register or range');
    }
    this.#complete = port.deferRead(patient);
    this.#shift = BigInt(8 * (access.offset - access.deferrable));
    this.#bits = 8 * access.size;
  }

  complete(value: number | bigint): void {
    if (typeof value === 'number' && !Number.isInteger(value)) {
      throw new TypeError(`a deferred read was completed with ${value}; give a whole number`);
    }
    const data = BigInt.asUintN(this.#bits, BigInt.asUintN(64, BigInt(value)) >> this.#shift);
    this.#finish(CompletionStatus.SC, Number(data & 0xffffffffn), Number(data >> 32n));
  }

  fail(status: number = CompletionStatus.UR): void {
    this.#finish(status, 0, 0);
  }

  #finish(status: number, low: number, high: number): void {
    const complete = this.#complete;
    if (!complete) throw new Error('a deferred read can be completed only once');
    this.#complete = undefined;
    complete(status, low, high);
  }
}
