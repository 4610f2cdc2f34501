import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { RecordKind } from './record.ts';
import type { TapEvent } from './tap-event.ts';

/** A packet has 16 bits for the number; accesses of later callers have none. */
const MAX_CALLERS = 0xffff;

interface Caller {
  readonly number: number;
  readonly name: Uint8Array;
  /** Functions that the file has its name for, a bit each. */
  functions: number;
}

/** Who makes the driver's accesses: names them in the file when they are first seen. */
export class Callers {
  readonly #writer: CaptureWriter;
  /** By the module's numbers, of which one caller may have several. */
  readonly #byId = new Map<number, Caller>();
  readonly #byName = new Map<string, Caller>();

  constructor(writer: CaptureWriter) {
    this.#writer = writer;
  }

  /** Takes a CALLER event. */
  learn(event: TapEvent, bytes: Uint8Array): void {
    const name = bytes.slice(event.dataAt, event.dataAt + event.kept);
    const key = Buffer.from(name).toString('latin1');
    let caller = this.#byName.get(key);
    if (!caller) {
      if (this.#byName.size >= MAX_CALLERS) return;
      caller = { number: this.#byName.size + 1, name, functions: 0 };
      this.#byName.set(key, caller);
    }
    this.#byId.set(event.caller, caller);
  }

  /** The file's number of the event's caller, whom the file names before this returns; 0 if it is not known. */
  numberOf(fn: CaptureFunction, event: TapEvent): number {
    const caller = event.caller === 0 ? undefined : this.#byId.get(event.caller);
    if (!caller) return 0;
    const bit = 1 << (fn.id & 7);
    if ((caller.functions & bit) === 0) {
      caller.functions |= bit;
      this.#writer.aside(fn, RecordKind.caller, caller.name, undefined, caller.number);
    }
    return caller.number;
  }
}
