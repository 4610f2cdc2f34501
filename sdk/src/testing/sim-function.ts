import { uapi } from '@pciem/capture/uapi';
import type { ResetKind } from '../device.ts';
import type { DmaOp } from '../dma.ts';
import type { DmaAtomic } from '../dma-atomic.ts';
import { CompletionStatus, type LogLevel } from '../host-port.ts';
import { anyFlag, applyRead, applyWrite } from '../runtime/access-rules.ts';
import { READ_DEFERRED, READ_DONE } from '../runtime/space.ts';
import { BYTE_FORWARD, BYTE_NOTIFY, heapSpace, SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { SimConfig } from './sim-config.ts';
import { SimDma } from './sim-dma.ts';
import { SimInterrupts } from './sim-interrupts.ts';
import type { SimMemory } from './sim-memory.ts';
import type { SimError, SimParts } from './sim-parts.ts';
import type { SimEvent } from './sim-tap.ts';
import { ALL_ONES, bytesOf, numberIn, ones, runOf } from './sim-values.ts';

const { constants: c } = uapi;
const RESETS: readonly ResetKind[] = ['flr', 'bus', 'd3'];
const D3HOT = 3;

/** A read that waits for its completion, with the number of its event. */
type SimRequest = SimEvent & { readonly request: number; readonly length: number };
const NO_REQUEST: SimRequest = { kind: c.PCIEM_EVENT_MEM_READ, request: 0, length: 0 };

/** A function as its driver and the root complex see it. */
export class SimFunction {
  readonly memory: SimMemory;
  readonly logs: { level: LogLevel; text: string }[];
  readonly errors: SimError[];
  /** Its number. */
  readonly fn: number;
  readonly #parts: SimParts;
  readonly #spaces = new Map<number, SpaceMemory>();
  /** Of `ram` BARs. */
  readonly #shared = new Map<number, Uint8Array>();
  readonly #config: SimConfig;
  readonly #dma: SimDma;
  readonly #interrupts: SimInterrupts;
  /** The read request that is being handled. */
  #request: SimRequest = NO_REQUEST;
  #tag = 0;
  /** Of the last read. */
  #status: keyof typeof CompletionStatus = 'SC';
  #pendingRead: PromiseWithResolvers<bigint> | undefined;
  #deferred: Promise<bigint> | undefined;

  constructor(parts: SimParts, fn: number) {
    this.#parts = parts;
    this.fn = fn;
    this.memory = parts.memory;
    this.logs = parts.logs;
    this.errors = parts.errors;
    const { instance } = parts;
    for (const { space, size } of instance.spaces.filter((each) => each.fn === fn)) {
      const memory = heapSpace(size);
      this.#spaces.set(space, memory);
      instance.attach(fn, space, memory);
    }
    for (const { space, size } of instance.memories.filter((each) => each.fn === fn)) {
      const memory = new Uint8Array(size);
      this.#shared.set(space, memory);
      instance.attachMemory(fn, space, memory);
    }
    const space = this.#space(SPACE_CONFIG);
    const record = (event: SimEvent) => this.#record(event);
    this.#config = new SimConfig(space);
    this.#dma = new SimDma(parts, this.#config, record);
    this.#interrupts = new SimInterrupts(parts, { config: this.#config, space, msix: this.#layout.msix }, record);
  }

  /** Vectors of all interrupts that have arrived, in order. */
  get irqs(): readonly number[] {
    return this.#interrupts.irqs.arrived;
  }

  /** Resolves with the next interrupt of a vector that no earlier call was given; rejects after `ms`, 1000 if left out. */
  waitForIrq(vector: number, ms = 1000): Promise<void> {
    return this.#interrupts.irqs.wait(vector, ms);
  }

  /** Whether the interrupt controller sees INTx asserted. */
  get intx(): boolean {
    return this.#interrupts.intx.level;
  }

  /** Resolves when INTx is asserted, at once if it is; rejects after `ms`, 1000 if left out. */
  waitForIntx(ms = 1000): Promise<void> {
    return this.#interrupts.intx.wait(ms);
  }

  read8 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 1));
  read16 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 2));
  read32 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 4));
  read64 = (bar: number, offset: number): bigint => this.#read(bar, offset, 8);
  write8 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 1, BigInt(value));
  write16 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 2, BigInt(value));
  write32 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 4, BigInt(value));
  write64 = (bar: number, offset: number, value: bigint): void => this.#write(bar, offset, 8, value);
  readConfig8 = (offset: number): number => this.#readConfig(offset, 1);
  readConfig16 = (offset: number): number => this.#readConfig(offset, 2);
  readConfig32 = (offset: number): number => this.#readConfig(offset, 4);
  writeConfig8 = (offset: number, value: number): void => this.#writeConfig(offset, 1, value);
  writeConfig16 = (offset: number, value: number): void => this.#writeConfig(offset, 2, value);
  writeConfig32 = (offset: number, value: number): void => this.#writeConfig(offset, 4, value);

  /**
   * A read that the device may answer later (`ctx.defer()`). All-ones after `ms`, the completion timeout, 1000 when
   * left out.
   */
  readLater(bar: number, offset: number, size: 1 | 2 | 4 | 8, ms = 1000): Promise<bigint> {
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

  /** Resets the function, as the operating system can: configuration space, MSI-X table and registers. */
  reset(kind: ResetKind = 'flr'): void {
    this.#parts.instance.functions[this.fn]?.restoreConfig();
    this.#interrupts.reset();
    this.#record({ kind: c.PCIEM_EVENT_RESET, vector: RESETS.indexOf(kind) });
    this.#parts.instance.reset(this.fn, kind);
  }

  transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#dma.transfer(ops, from, to);
  }

  atomic(_fn: number, op: DmaAtomic): void {
    this.#dma.atomic(op);
  }

  mapMemory(_fn: number, address: number, length: number): Uint8Array | undefined {
    return this.#dma.map(address, length);
  }

  raiseIrq(_fn: number, vector: number): number {
    return this.#interrupts.raise(vector);
  }

  setIntx(_fn: number, asserted: boolean): number {
    return this.#interrupts.setIntx(asserted);
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

  /** A read as it goes over the bus: what the completion says, and its data. Not for one that is answered later. */
  request(bar: number, offset: number, size: 1 | 2 | 4 | 8): { status: keyof typeof CompletionStatus; value: bigint } {
    const value = this.#read(bar, offset, size);
    return { status: this.#status, value };
  }

  /**
   * A write of those of the bytes at `offset`, a multiple of 4, whose bit is set in `enables` (byte enables, PCIe 6.0
   * 2.2.5): runs of them as the accesses that a CPU would make of them.
   */
  writeBytes(bar: number, offset: number, data: Uint8Array, enables: number): void {
    let byte = 0;
    while (byte < data.length) {
      if (((enables >>> byte) & 1) === 0) {
        byte++;
        continue;
      }
      const size = runOf(enables, offset, byte, data.length);
      const piece = new Uint8Array(8);
      piece.set(data.subarray(byte, byte + size));
      this.#write(bar, offset + byte, size, new DataView(piece.buffer).getBigUint64(0, true));
      byte += size;
    }
  }

  /** The device has left the bus. */
  leave(): void {
    this.#interrupts.intx.level = false;
    this.#record({ kind: c.PCIEM_EVENT_UNPLUG });
  }

  #record(event: SimEvent): number {
    return this.#parts.tap?.add({ ...event, function: this.fn }) ?? 0;
  }

  get #layout() {
    const layout = this.#parts.instance.functions[this.fn]?.layout;
    if (!layout) throw new Error(`the device has no function ${this.fn}`);
    return layout;
  }

  /** Does what a driver's probe does: enables memory, bus mastering and interrupts. */
  enable(interrupts = this.#interrupts.msix ? 'msix' : this.#interrupts.msi ? 'msi' : 'intx'): void {
    const { msix, msi } = this.#interrupts;
    this.#config.enumerate(this.#layout);
    if (interrupts !== 'intx' && this.#config.hasPin) this.#config.disableIntx();
    if (interrupts === 'msi' && msi) this.writeConfig16(msi.controlOffset, msi.enableAll);
    if (interrupts !== 'msix') return;
    if (!msix) throw new Error('the device has no MSI-X');
    this.#config.enableMsix();
    for (let vector = 0; vector < msix.vectors; vector++) {
      const entry = msix.layout.table + 16 * vector;
      this.write32(msix.layout.bar, entry, 0xfee0_0000);
      this.write32(msix.layout.bar, entry + 8, vector);
      this.write32(msix.layout.bar, entry + 12, 0);
    }
  }

  #read(bar: number, offset: number, size: number): bigint {
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
    this.#parts.reading = this;
    const outcome = this.#parts.instance.dispatchRead(this.fn, bar, offset, size);
    const { low, high } = this.#parts.instance.result;
    this.#deferred = outcome === READ_DEFERRED ? this.#pendingRead?.promise : undefined;
    this.#parts.instance.drained();
    if (outcome === READ_DEFERRED) return undefined;
    this.#status = outcome === READ_DONE ? 'SC' : 'UR';
    const value = outcome === READ_DONE ? (BigInt(high) << 32n) | BigInt(low) : ones(size);
    this.#captureCompletion(this.#request, CompletionStatus[this.#status], value);
    return value;
  }

  #write(bar: number, offset: number, size: number, value: bigint): void {
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
    this.#parts.instance.dispatchWrite(this.fn, bar, offset, size, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
    this.#parts.instance.drained();
  }

  #readConfig(offset: number, size: number): number {
    const value = this.#config.read(offset, size);
    this.#captureConfig(c.PCIEM_EVENT_CONFIG_READ, offset, size, value);
    return value;
  }

  #captureConfig(kind: number, offset: number, size: number, value: number): void {
    const data = bytesOf(BigInt(value >>> 0), size);
    const flags = c.PCIEM_EVENT_COMPLETED;
    this.#record({ kind, flags, space: SPACE_CONFIG, address: offset, offset, data });
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

  #writeConfig(offset: number, size: number, value: number): void {
    const power = this.#config.powerState;
    const resets = this.#config.write(offset, size, value);
    this.#captureConfig(c.PCIEM_EVENT_CONFIG_WRITE, offset, size, value);
    const space = this.#space(SPACE_CONFIG);
    if (anyFlag(space, offset, size, BYTE_NOTIFY)) {
      const data = size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
      this.#parts.instance.dispatchWrite(this.fn, SPACE_CONFIG, offset, size, data, 0);
      this.#parts.instance.drained();
    }
    if (resets) this.reset('flr');
    else this.#setPower(power);
    this.#interrupts.changed();
  }

  /** What the driver has written to PMCSR (PCIe 6.0 5.3.1.4). `before`: the power state until then. */
  #setPower(before: number): void {
    const state = this.#config.powerState;
    if (state === before) return;
    this.#record({ kind: c.PCIEM_EVENT_POWER, vector: state });
    this.#parts.instance.power(this.fn, state);
    if (before === D3HOT && state === 0 && !this.#config.noSoftReset) this.reset('d3');
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

  #space(space: number): SpaceMemory {
    const memory = this.#spaces.get(space);
    if (!memory) throw new RangeError(`the device has no register space ${space}`);
    return memory;
  }
}
