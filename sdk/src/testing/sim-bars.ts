import { uapi } from '@pciem/capture/uapi';
import { CompletionStatus } from '../host-port.ts';
import { anyFlag, applyRead, applyWrite } from '../runtime/access-rules.ts';
import { READ_DEFERRED, READ_DONE } from '../runtime/space.ts';
import { BYTE_FORWARD, BYTE_NOTIFY, SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import type { SimConfig } from './sim-config.ts';
import type { SimFunction } from './sim-function.ts';
import type { SimInterrupts } from './sim-interrupts.ts';
import type { SimParts, SimRecorder } from './sim-parts.ts';
import type { SimEvent } from './sim-tap.ts';
import { ALL_ONES, bytesOf, numberIn, ones } from './sim-values.ts';

const { constants: c } = uapi;

/** A read that waits for its completion, with the number of its event. */
type SimRequest = SimEvent & { readonly request: number; readonly length: number };
const NO_REQUEST: SimRequest = { kind: c.PCIEM_EVENT_MEM_READ, request: 0, length: 0 };

/** What BARs and ROM of a function are made of. */
export interface SimBarParts {
  /** By number. */
  readonly spaces: ReadonlyMap<number, SpaceMemory>;
  /** Of `ram` BARs, by their index. */
  readonly shared: ReadonlyMap<number, Uint8Array>;
  readonly config: SimConfig;
  readonly interrupts: SimInterrupts;
}

/** The driver's accesses to the BARs and the ROM of one function. */
export class SimBars {
  readonly #owner: SimFunction;
  readonly #parts: SimParts;
  readonly #spaces: ReadonlyMap<number, SpaceMemory>;
  readonly #shared: ReadonlyMap<number, Uint8Array>;
  readonly #config: SimConfig;
  readonly #interrupts: SimInterrupts;
  readonly #record: SimRecorder;
  /** The read request that is being handled. */
  #request: SimRequest = NO_REQUEST;
  #tag = 0;
  /** Of the last read. */
  #status: keyof typeof CompletionStatus = 'SC';
  #pendingRead: PromiseWithResolvers<bigint> | undefined;
  #deferred: Promise<bigint> | undefined;

  constructor(
    owner: SimFunction,
    parts: SimParts,
    { spaces, shared, config, interrupts }: SimBarParts,
    record: SimRecorder,
  ) {
    this.#owner = owner;
    this.#parts = parts;
    this.#spaces = spaces;
    this.#shared = shared;
    this.#config = config;
    this.#interrupts = interrupts;
    this.#record = record;
  }

  /** Of the last read. */
  get status(): keyof typeof CompletionStatus {
    return this.#status;
  }

  read(bar: number, offset: number, size: number): bigint {
    const value = this.#begin(bar, offset, size);
    if (value !== undefined) return value;
    throw new Error(`the device answers the read of BAR ${bar} + ${offset} later: use readLater`);
  }

  /** Undefined when the device answers later; then `#deferred` has the promise. */
  #begin(bar: number, offset: number, size: number): bigint | undefined {
    this.#deferred = undefined;
    this.#status = 'SC';
    const shared = this.#sharedAt(bar, offset, size);
    if (shared) return numberIn(shared);
    const memory = this.#claim(bar, offset, size);
    const io = this.#ioFlag(bar);
    const place = { kind: c.PCIEM_EVENT_MEM_READ, address: this.#address(bar, offset), offset, length: size };
    if (!memory) {
      this.#status = 'UR';
      const flags = io | c.PCIEM_EVENT_UNCLAIMED | c.PCIEM_EVENT_COMPLETED;
      this.#record({ ...place, flags, status: CompletionStatus.UR });
      return ones(size);
    }
    const structure = this.#interrupts.msix?.structureAt(bar, offset);
    if (structure || !anyFlag(memory, offset, size, BYTE_FORWARD)) {
      const data = new Uint8Array(size);
      applyRead(structure?.memory ?? memory, structure?.offset ?? offset, data);
      const flags = io | c.PCIEM_EVENT_COMPLETED | (structure ? c.PCIEM_EVENT_MSIX_TABLE : 0);
      this.#record({ ...place, space: bar, flags, data });
      return numberIn(data);
    }
    const tag = this.#tag++ % c.PCIEM_MAX_TAGS;
    const forwarded = { ...place, space: bar, flags: io | c.PCIEM_EVENT_FORWARDED, tag };
    this.#request = { ...forwarded, request: this.#record(forwarded) };
    this.#parts.reading = this.#owner;
    const outcome = this.#parts.instance.dispatchRead(this.#owner.fn, bar, offset, size);
    const { low, high } = this.#parts.instance.result;
    this.#deferred = outcome === READ_DEFERRED ? this.#pendingRead?.promise : undefined;
    this.#parts.instance.rest();
    if (outcome === READ_DEFERRED) return undefined;
    this.#status = outcome === READ_DONE ? 'SC' : 'UR';
    const value = outcome === READ_DONE ? (BigInt(high) << 32n) | BigInt(low) : ones(size);
    this.#captureCompletion(this.#request, CompletionStatus[this.#status], value);
    return value;
  }

  write(bar: number, offset: number, size: number, value: bigint): void {
    const data = new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer, 0, size);
    const shared = this.#sharedAt(bar, offset, size);
    if (shared) {
      shared.set(data);
      return;
    }
    const memory = this.#claim(bar, offset, size);
    const structure = memory && this.#interrupts.msix?.structureAt(bar, offset);
    this.#record({
      kind: c.PCIEM_EVENT_MEM_WRITE,
      address: this.#address(bar, offset),
      offset,
      data,
      ...(memory ? { space: bar } : { status: CompletionStatus.UR }),
      flags: this.#ioFlag(bar) | (memory ? 0 : c.PCIEM_EVENT_UNCLAIMED) | (structure ? c.PCIEM_EVENT_MSIX_TABLE : 0),
    });
    if (!memory) return;
    if (structure) {
      applyWrite(structure.memory, structure.offset, data);
      this.#interrupts.sendPending();
      return;
    }
    applyWrite(memory, offset, data);
    if (!anyFlag(memory, offset, size, BYTE_NOTIFY)) return;
    const bits = BigInt.asUintN(8 * size, value);
    this.#parts.instance.dispatchWrite(
      this.#owner.fn,
      bar,
      offset,
      size,
      Number(bits & 0xffff_ffffn),
      Number(bits >> 32n),
    );
    this.#parts.instance.rest();
  }

  /** A read that the device may answer later. All-ones after `ms`. */
  readLater(bar: number, offset: number, size: number, ms: number): Promise<bigint> {
    const now = this.#begin(bar, offset, size);
    const later = this.#deferred;
    if (now !== undefined || !later) return Promise.resolve(now ?? ones(size));
    return new Promise((resolve) => {
      const request = this.#request;
      const timer = setTimeout(() => {
        const flags = (request.flags ?? 0) | c.PCIEM_EVENT_TIMED_OUT;
        this.#record({ ...request, kind: c.PCIEM_EVENT_MEM_COMPLETION, flags });
        resolve(ones(size));
      }, ms);
      later.then((value) => {
        clearTimeout(timer);
        resolve(BigInt.asUintN(8 * size, value));
      });
    });
  }

  deferRead(): (status: number, low: number, high: number) => void {
    const pending = Promise.withResolvers<bigint>();
    this.#pendingRead = pending;
    const request = this.#request;
    return (status, low, high) => {
      const value = status === CompletionStatus.SC ? (BigInt(high) << 32n) | BigInt(low) : ALL_ONES;
      this.#captureCompletion(request, status, value);
      pending.resolve(value);
    };
  }

  #captureCompletion(request: SimRequest, status: number, value: bigint): void {
    const data = status === CompletionStatus.SC && { data: bytesOf(value, request.length) };
    this.#record({ ...request, kind: c.PCIEM_EVENT_MEM_COMPLETION, status, ...data });
  }

  #ioFlag(bar: number): number {
    return this.#config.isIo(bar) ? c.PCIEM_EVENT_IO : 0;
  }

  /** Where on the bus the driver finds a byte of a BAR. */
  #address(bar: number, offset: number): number {
    return this.#config.barAddress(bar) + offset;
  }

  /** The BAR's memory, if it claims the access; else the access ends as Unsupported Request. */
  #claim(bar: number, offset: number, size: number): SpaceMemory | undefined {
    const memory = bar === SPACE_CONFIG ? undefined : this.#spaces.get(bar);
    if (!this.#parts.plugged || !this.#config.isEnabled(bar) || this.#config.powerState !== 0) return undefined;
    return memory && offset >= 0 && offset + size <= memory.image.length ? memory : undefined;
  }

  /** Bytes of a `ram` BAR, which the driver reaches whatever the state of the device is. */
  #sharedAt(bar: number, offset: number, size: number): Uint8Array | undefined {
    const memory = this.#shared.get(bar);
    return memory && offset >= 0 && offset + size <= memory.length ? memory.subarray(offset, offset + size) : undefined;
  }
}
