import { formatAddress } from '../capture-writer.ts';
import { type DeviceMapBody, decodeDeviceMap } from '../device-map.ts';
import type { RecordHeader } from '../record.ts';
import { Registers } from './registers-of.ts';

/** One function in a capture, and what its device map says. */
export class CapturedFunction {
  /** Such as `1f000:00:00.0`. */
  readonly address: string;
  readonly domain: number;
  /** Bus 8, device 5, function 3 bits. */
  readonly id: number;
  /** Counts the functions of a file from 0, in order of appearance. */
  readonly index: number;
  readonly registers = new Registers();
  /** Who makes the driver's accesses, by the number that TLPs have. */
  readonly callers = new Map<number, string>();
  /** Name of the device; empty if the file does not say. */
  name = '';
  /** Base class, subclass, programming interface. */
  class = 0;
  msix: DeviceMapBody['msix'];

  constructor(domain: number, id: number, index: number) {
    this.domain = domain;
    this.id = id;
    this.index = index;
    this.address = formatAddress(domain, id);
  }

  /** Takes one device map record; a new map starts with part 0. */
  learn(part: number, body: Uint8Array): void {
    const map = decodeDeviceMap([body]);
    if (part === 0) {
      this.name = map.name;
      this.class = map.class;
      this.msix = map.msix;
    } else if (map.msix) {
      this.msix = map.msix;
    }
    this.registers.learn(map, part !== 0);
  }
}

/** The functions of a capture by address. */
export class CapturedFunctions {
  readonly #byKey = new Map<number, CapturedFunction>();
  #last: CapturedFunction | undefined;

  get all(): CapturedFunction[] {
    return [...this.#byKey.values()];
  }

  /** The function that a packet belongs to. */
  of({ domain, function: id }: RecordHeader): CapturedFunction {
    // Packets come in runs of one function.
    if (this.#last?.id === id && this.#last.domain === domain) return this.#last;
    const key = domain * 0x10000 + id;
    let fn = this.#byKey.get(key);
    if (!fn) {
      fn = new CapturedFunction(domain, id, this.#byKey.size);
      this.#byKey.set(key, fn);
    }
    this.#last = fn;
    return fn;
  }
}
