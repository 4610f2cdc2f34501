import { uapi } from '@pciem/capture/uapi';
import type { ResetKind } from '../device.ts';
import { type DmaOp, DmaStatus } from '../dma.ts';
import { CompletionStatus, IRQ_DELIVERED, IRQ_PENDING, IRQ_REFUSED, type LogLevel } from '../host-port.ts';
import { anyFlag, applyRead, applyWrite } from '../runtime/access-rules.ts';
import type { DeviceInstance } from '../runtime/instance.ts';
import { READ_DEFERRED, READ_DONE } from '../runtime/space.ts';
import { BYTE_FORWARD, BYTE_NOTIFY, heapSpace, SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { SimConfig } from './sim-config.ts';
import { SimIntx } from './sim-intx.ts';
import { SimIrqs } from './sim-irqs.ts';
import type { SimMemory } from './sim-memory.ts';
import { MSI_ID, SimMsi } from './sim-msi.ts';
import { SimMsix } from './sim-msix.ts';
import type { SimEvent, SimTap } from './sim-tap.ts';

const { constants: c } = uapi;
const RESETS: readonly ResetKind[] = ['flr', 'bus', 'd3'];
const D3HOT = 3;
/** A read that nobody answers (PCIe 6.0 2.3.2). */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** A read that waits for its completion, with the number of its event. */
type SimRequest = SimEvent & { readonly request: number; readonly length: number };
const NO_REQUEST: SimRequest = { kind: c.PCIEM_EVENT_MEM_READ, request: 0, length: 0 };

export interface SimOptions {
  /** Do what a driver's probe does: enable memory, bus mastering and interrupts. `true` when left out. */
  readonly enable?: boolean;
  /** Which interrupts to enable, with all their vectors; the first of MSI-X, MSI and INTx that is there when left out. */
  readonly interrupts?: 'msix' | 'msi' | 'intx';
  /** What to do with an exception in a handler: throw it to the test, or keep it in `errors` and carry on as a bus does. */
  readonly onError?: 'throw' | 'record';
  /** Record everything that happens, for `capture()`. */
  readonly capture?: boolean;
  /** Told of each line of the device's log as it comes; `logs` has them all. */
  readonly onLog?: (level: LogLevel, text: string) => void;
  /** Told of each exception as it comes; `errors` has them all. */
  readonly onDeviceError?: (error: SimError) => void;
}

/** An exception that the device's code has thrown. */
export interface SimError {
  readonly error: unknown;
  /** Which handler, such as `write of DOOR`. */
  readonly where: string;
}

/** What the functions of a device have in common. */
export interface SimParts {
  instance: DeviceInstance;
  readonly options: SimOptions;
  readonly memory: SimMemory;
  readonly logs: { level: LogLevel; text: string }[];
  readonly errors: SimError[];
  readonly tap: SimTap | undefined;
  /** The function whose registers are being read. */
  reading: SimFunction | undefined;
  plugged: boolean;
}

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
  readonly #msix: SimMsix | undefined;
  readonly #msi: SimMsi | undefined;
  readonly #intx = new SimIntx();
  readonly #irqs = new SimIrqs();
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
    const layout = this.#layout;
    this.#config = new SimConfig(this.#space(SPACE_CONFIG));
    this.#msix = layout.msix && new SimMsix(layout.msix);
    const msi = this.#config.capability(MSI_ID);
    this.#msi = msi === 0 ? undefined : new SimMsi(this.#space(SPACE_CONFIG), msi);
  }

  /** Vectors of all interrupts that have arrived, in order. */
  get irqs(): readonly number[] {
    return this.#irqs.arrived;
  }

  /** Resolves with the next interrupt of a vector that no earlier call was given; rejects after `ms`, 1000 if left out. */
  waitForIrq(vector: number, ms = 1000): Promise<void> {
    return this.#irqs.wait(vector, ms);
  }

  /** Whether the interrupt controller sees INTx asserted. */
  get intx(): boolean {
    return this.#intx.level;
  }

  /** Resolves when INTx is asserted, at once if it is; rejects after `ms`, 1000 if left out. */
  waitForIntx(ms = 1000): Promise<void> {
    return this.#intx.wait(ms);
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
        const flags = c.PCIEM_EVENT_FORWARDED | c.PCIEM_EVENT_TIMED_OUT;
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
    this.#msix?.reset();
    this.#intx.level = false;
    this.#record({ kind: c.PCIEM_EVENT_RESET, vector: RESETS.indexOf(kind) });
    this.#parts.instance.reset(this.fn, kind);
  }

  transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    let failed = 0;
    for (let i = from; i < to; i++) {
      const op = ops[i] as DmaOp;
      if (!this.#parts.plugged || !this.#config.busMaster || this.#config.powerState !== 0) {
        op.done = 0;
        op.status = this.#parts.plugged ? DmaStatus.BUS_MASTER_OFF : DmaStatus.GONE;
      } else {
        this.memory.access(op);
      }
      this.#captureDma(op);
      if (op.status !== DmaStatus.OK) failed++;
    }
    return failed;
  }

  raiseIrq(_fn: number, vector: number): number {
    const messages = this.#messages;
    if (!this.#parts.plugged || !messages || !this.#config.busMaster || this.#config.powerState !== 0)
      return IRQ_REFUSED;
    if (!Number.isInteger(vector) || vector < 0 || vector >= messages.vectors) return IRQ_REFUSED;
    if (this.#isMasked(vector)) {
      messages.setPending(vector, true);
      return IRQ_PENDING;
    }
    this.#deliver(messages, vector);
    return IRQ_DELIVERED;
  }

  setIntx(_fn: number, asserted: boolean): number {
    if (!this.#parts.plugged || !this.#config.hasPin) return IRQ_REFUSED;
    if (this.#config.intxStatus !== asserted && this.#config.intxEnabled) {
      this.#record({ kind: c.PCIEM_EVENT_INTX, vector: asserted ? 1 : 0, tag: this.#config.pin - 1 });
    }
    this.#config.intxStatus = asserted;
    this.#intx.level = asserted && this.#config.intxEnabled;
    return !asserted || this.#config.intxEnabled ? IRQ_DELIVERED : IRQ_PENDING;
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
    this.#intx.level = false;
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

  /** The kind of messages that the driver has enabled. */
  get #messages(): SimMsix | SimMsi | undefined {
    if (this.#config.msixEnabled) return this.#msix;
    return this.#msi?.enabled ? this.#msi : undefined;
  }

  #isMasked(vector: number): boolean {
    return (this.#messages?.isMasked(vector) ?? true) || (this.#config.msixEnabled && this.#config.msixMasked);
  }

  /** Does what a driver's probe does: enables memory, bus mastering and interrupts. */
  enable(interrupts = this.#msix ? 'msix' : this.#msi ? 'msi' : 'intx'): void {
    this.#config.enumerate(this.#layout);
    if (interrupts !== 'intx' && this.#config.hasPin) this.#config.disableIntx();
    if (interrupts === 'msix') this.#enableMsix();
    if (interrupts === 'msi' && this.#msi) this.writeConfig16(this.#msi.controlOffset, this.#msi.enableAll);
  }

  #enableMsix(): void {
    if (!this.#msix) throw new Error('the device has no MSI-X');
    const { bar, table, vectors } = this.#msix.layout;
    this.#config.enableMsix();
    for (let vector = 0; vector < vectors; vector++) {
      this.write32(bar, table + 16 * vector, 0xfee0_0000);
      this.write32(bar, table + 16 * vector + 8, vector);
      this.write32(bar, table + 16 * vector + 12, 0);
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
    const place = { kind: c.PCIEM_EVENT_MEM_READ, address: this.#address(bar, offset), offset, length: size };
    if (!memory) {
      this.#status = 'UR';
      const flags = c.PCIEM_EVENT_UNCLAIMED | c.PCIEM_EVENT_COMPLETED;
      this.#record({ ...place, flags, status: CompletionStatus.UR });
      return ones(size);
    }
    const structure = this.#msix?.structureAt(bar, offset);
    if (structure || !anyFlag(memory, offset, size, BYTE_FORWARD)) {
      const data = new Uint8Array(size);
      applyRead(structure?.memory ?? memory, structure?.offset ?? offset, data);
      const flags = c.PCIEM_EVENT_COMPLETED | (structure ? c.PCIEM_EVENT_MSIX_TABLE : 0);
      this.#record({ ...place, space: bar, flags, data });
      return numberIn(data);
    }
    const tag = this.#tag++ % c.PCIEM_MAX_TAGS;
    const forwarded = { ...place, space: bar, flags: c.PCIEM_EVENT_FORWARDED, tag };
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
    const structure = memory && this.#msix?.structureAt(bar, offset);
    this.#record({
      kind: c.PCIEM_EVENT_MEM_WRITE,
      address: this.#address(bar, offset),
      offset,
      data,
      ...(memory ? { space: bar } : { status: CompletionStatus.UR }),
      flags: (memory ? 0 : c.PCIEM_EVENT_UNCLAIMED) | (structure ? c.PCIEM_EVENT_MSIX_TABLE : 0),
    });
    if (!memory) return;
    if (structure) {
      applyWrite(structure.memory, structure.offset, data);
      this.#sendPending();
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

  #captureDma(op: DmaOp): void {
    const { address, buffer, write, status } = op;
    const offset = op.offset ?? 0;
    if (status !== DmaStatus.OK) {
      const length = op.length ?? buffer.byteLength - offset;
      this.#record({ kind: c.PCIEM_EVENT_DMA_FAULT, address, status, vector: write ? 1 : 0, length });
      return;
    }
    const kind = write ? c.PCIEM_EVENT_DMA_WRITE : c.PCIEM_EVENT_DMA_READ;
    this.#record({ kind, address, data: Uint8Array.from(buffer.subarray(offset, offset + op.done)) });
  }

  #deliver(messages: SimMsix | SimMsi, vector: number): void {
    const { address, data } = messages.message(vector);
    this.#record({ kind: c.PCIEM_EVENT_MSI, address, vector, data: bytesOf(BigInt(data), 4) });
    this.#irqs.deliver(vector);
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
    this.#intx.level = this.#parts.plugged && this.#config.intxStatus && this.#config.intxEnabled;
    this.#sendPending();
  }

  /** What the driver has written to PMCSR (PCIe 6.0 5.3.1.4). `before`: the power state until then. */
  #setPower(before: number): void {
    const state = this.#config.powerState;
    if (state === before) return;
    this.#record({ kind: c.PCIEM_EVENT_POWER, vector: state });
    this.#parts.instance.power(this.fn, state);
    if (before === D3HOT && state === 0 && !this.#config.noSoftReset) this.reset('d3');
  }

  /** Messages that a mask held back go out when it is lifted (PCIe 6.0 6.1.4.5). */
  #sendPending(): void {
    const messages = this.#messages;
    if (!messages) return;
    for (let vector = 0; vector < messages.vectors; vector++) {
      if (!messages.isPending(vector) || this.#isMasked(vector)) continue;
      messages.setPending(vector, false);
      this.#deliver(messages, vector);
    }
  }

  /** The BAR's memory, if it claims the access; else the access ends as Unsupported Request. */
  #claim(bar: number, offset: number, size: number): SpaceMemory | undefined {
    const isTrapped = this.#layout.bars.some(({ index, kind }) => index === bar && kind === 'trapped');
    const memory = isTrapped ? this.#space(bar) : undefined;
    if (!this.#parts.plugged || !this.#config.memoryEnabled || this.#config.powerState !== 0) return undefined;
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

function ones(size: number): bigint {
  return BigInt.asUintN(8 * size, ALL_ONES);
}

function numberIn(bytes: Uint8Array): bigint {
  const data = new Uint8Array(8);
  data.set(bytes);
  return new DataView(data.buffer).getBigUint64(0, true);
}

function bytesOf(value: bigint, size: number): Uint8Array {
  return new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer, 0, size);
}

/** Length of the naturally aligned piece that starts at `byte` and whose bytes are all enabled: 1, 2, 4 or 8. */
function runOf(enables: number, offset: number, byte: number, length: number): number {
  for (const size of [8, 4, 2]) {
    const mask = 2 ** size - 1;
    const fits = (offset + byte) % size === 0 && byte + size <= length;
    if (fits && ((enables >>> byte) & mask) === mask) return size;
  }
  return 1;
}
