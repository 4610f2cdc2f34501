import type { ResetKind } from '../device.ts';
import { type DmaOp, DmaStatus } from '../dma.ts';
import {
  CompletionStatus,
  type HostPort,
  IRQ_DELIVERED,
  IRQ_PENDING,
  IRQ_REFUSED,
  type LogLevel,
} from '../host-port.ts';
import type { DeviceInstance } from '../runtime/instance.ts';
import { READ_DEFERRED, READ_DONE } from '../runtime/space.ts';
import { DWORD_FORWARD, DWORD_NOTIFY, heapSpace, SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { anyFlag, applyRead, applyWrite } from './access-rules.ts';
import { SimConfig } from './sim-config.ts';
import { SimIrqs } from './sim-irqs.ts';
import { SimMemory } from './sim-memory.ts';
import { SimMsix } from './sim-msix.ts';

const FUNCTION = 0;
/** A read that nobody answers (PCIe 6.0 2.3.2). */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

export interface SimOptions {
  /** Do what a driver's probe does: enable memory, bus mastering and all MSI-X vectors. `true` when left out. */
  readonly enable?: boolean;
  /** What to do with an exception in a handler: throw it to the test, or keep it in `errors` and carry on as a bus does. */
  readonly onError?: 'throw' | 'record';
}

/** An exception that the device's code has thrown. */
export interface SimError {
  readonly error: unknown;
  /** Which handler, such as `write of DOOR`. */
  readonly where: string;
}

/** A root complex, memory and driver's view in process: plays the kernel to one device. */
export class SimHost implements HostPort {
  readonly memory = new SimMemory();
  readonly logs: { level: LogLevel; text: string }[] = [];
  readonly errors: SimError[] = [];
  readonly #instance: DeviceInstance;
  readonly #spaces = new Map<number, SpaceMemory>();
  readonly #config: SimConfig;
  readonly #msix: SimMsix | undefined;
  readonly #irqs = new SimIrqs();
  readonly #onError: 'throw' | 'record';
  #pendingRead: PromiseWithResolvers<bigint> | undefined;
  #deferred: Promise<bigint> | undefined;
  #plugged = true;

  constructor(instance: DeviceInstance, options: SimOptions = {}) {
    this.#instance = instance;
    this.#onError = options.onError ?? 'throw';
    for (const { fn, space, size } of instance.spaces) {
      const memory = heapSpace(size);
      this.#spaces.set(space, memory);
      instance.attach(fn, space, memory);
    }
    const layout = this.#layout;
    this.#config = new SimConfig(this.#space(SPACE_CONFIG));
    this.#msix = layout.msix && new SimMsix(layout.msix);
    instance.start(this);
    if (options.enable ?? true) this.#enable();
  }

  /** Vectors of all interrupts that have arrived, in order. */
  get irqs(): readonly number[] {
    return this.#irqs.arrived;
  }

  /** Resolves with the next interrupt of a vector that no earlier call was given; rejects after `ms`, 1000 if left out. */
  waitForIrq(vector: number, ms = 1000): Promise<void> {
    return this.#irqs.wait(vector, ms);
  }

  read8 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 1));
  read16 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 2));
  read32 = (bar: number, offset: number): number => Number(this.#read(bar, offset, 4));
  read64 = (bar: number, offset: number): bigint => this.#read(bar, offset, 8);
  write8 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 1, BigInt(value));
  write16 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 2, BigInt(value));
  write32 = (bar: number, offset: number, value: number): void => this.#write(bar, offset, 4, BigInt(value));
  write64 = (bar: number, offset: number, value: bigint): void => this.#write(bar, offset, 8, value);
  readConfig8 = (offset: number): number => this.#config.read(offset, 1);
  readConfig16 = (offset: number): number => this.#config.read(offset, 2);
  readConfig32 = (offset: number): number => this.#config.read(offset, 4);
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
      const timer = setTimeout(() => resolve(ones(size)), ms);
      later.then((value) => {
        clearTimeout(timer);
        resolve(BigInt.asUintN(8 * size, value));
      });
    });
  }

  /** Resets the function, as the operating system can: configuration space, MSI-X table and registers. */
  reset(kind: ResetKind = 'flr'): void {
    this.#instance.functions[FUNCTION]?.restoreConfig();
    this.#msix?.reset();
    this.#instance.reset(FUNCTION, kind);
  }

  /** Unplugs the device and runs its `stop` handler. */
  close(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#instance.stop();
  }

  transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    let failed = 0;
    for (let i = from; i < to; i++) {
      const op = ops[i] as DmaOp;
      if (!this.#plugged || !this.#config.busMaster) {
        op.done = 0;
        op.status = this.#plugged ? DmaStatus.BUS_MASTER_OFF : DmaStatus.GONE;
      } else {
        this.memory.access(op);
      }
      if (op.status !== DmaStatus.OK) failed++;
    }
    return failed;
  }

  raiseIrq(_fn: number, vector: number): number {
    const msix = this.#msix;
    if (!this.#plugged || !msix || !this.#config.msixEnabled || !this.#config.busMaster) return IRQ_REFUSED;
    if (!Number.isInteger(vector) || vector < 0 || vector >= msix.layout.vectors) return IRQ_REFUSED;
    if (this.#config.msixMasked || msix.isMasked(vector)) {
      msix.setPending(vector, true);
      return IRQ_PENDING;
    }
    this.#irqs.deliver(vector);
    return IRQ_DELIVERED;
  }

  log(level: LogLevel, text: string): void {
    this.logs.push({ level, text });
  }

  deviceError(error: unknown, where: string): void {
    this.errors.push({ error, where });
    if (this.#onError === 'throw') throw error;
  }

  deferRead(): (status: number, low: number, high: number) => void {
    const pending = Promise.withResolvers<bigint>();
    this.#pendingRead = pending;
    return (status, low, high) =>
      pending.resolve(status === CompletionStatus.SC ? (BigInt(high) << 32n) | BigInt(low) : ALL_ONES);
  }

  get #layout() {
    const layout = this.#instance.functions[FUNCTION]?.layout;
    if (!layout) throw new Error('the device has no function 0');
    return layout;
  }

  #enable(): void {
    this.#config.enumerate(this.#layout);
    if (!this.#msix) return;
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
    const memory = this.#claim(bar, offset, size);
    if (!memory) return ones(size);
    const structure = this.#msix?.structureAt(bar, offset);
    if (structure || !anyFlag(memory, offset, size, DWORD_FORWARD)) {
      const data = new Uint8Array(8);
      applyRead(structure?.memory ?? memory, structure?.offset ?? offset, data.subarray(0, size));
      return new DataView(data.buffer).getBigUint64(0, true);
    }
    const outcome = this.#instance.dispatchRead(FUNCTION, bar, offset, size);
    if (outcome === READ_DEFERRED) {
      this.#deferred = this.#pendingRead?.promise;
      return undefined;
    }
    const { low, high } = this.#instance.result;
    return outcome === READ_DONE ? (BigInt(high) << 32n) | BigInt(low) : ones(size);
  }

  #write(bar: number, offset: number, size: number, value: bigint): void {
    const memory = this.#claim(bar, offset, size);
    if (!memory) return;
    const data = new Uint8Array(new BigUint64Array([BigInt.asUintN(64, value)]).buffer, 0, size);
    const structure = this.#msix?.structureAt(bar, offset);
    if (structure) {
      applyWrite(structure.memory, structure.offset, data);
      this.#sendPending();
      return;
    }
    applyWrite(memory, offset, data);
    if (!anyFlag(memory, offset, size, DWORD_NOTIFY)) return;
    const bits = BigInt.asUintN(8 * size, value);
    this.#instance.dispatchWrite(FUNCTION, bar, offset, size, Number(bits & 0xffff_ffffn), Number(bits >> 32n));
  }

  #writeConfig(offset: number, size: number, value: number): void {
    if (this.#config.write(offset, size, value)) this.reset('flr');
    this.#sendPending();
  }

  /** Messages that a mask held back go out when it is lifted (PCIe 6.0 6.1.4.5). */
  #sendPending(): void {
    const msix = this.#msix;
    if (!msix || !this.#config.msixEnabled || this.#config.msixMasked) return;
    for (let vector = 0; vector < msix.layout.vectors; vector++) {
      if (!msix.isPending(vector) || msix.isMasked(vector)) continue;
      msix.setPending(vector, false);
      this.#irqs.deliver(vector);
    }
  }

  /** The BAR's memory, if it claims the access; else the access ends as Unsupported Request. */
  #claim(bar: number, offset: number, size: number): SpaceMemory | undefined {
    const memory = this.#layout.bars.some(({ index }) => index === bar) ? this.#space(bar) : undefined;
    if (!this.#plugged || !this.#config.memoryEnabled) return undefined;
    return memory && offset >= 0 && offset + size <= memory.image.length ? memory : undefined;
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
