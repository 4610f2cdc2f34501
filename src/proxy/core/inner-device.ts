import {
  BYTE_FORWARD,
  BYTE_NOTIFY,
  CompletionStatus,
  type DeferredRead,
  type DeviceContext,
  type DeviceDefinition,
  DeviceInstance,
  type DmaAtomic,
  type DmaOp,
  type HostPort,
  heapSpace,
  IRQ_DELIVERED,
  IRQ_PENDING,
  IRQ_REFUSED,
  type IrqResult,
  isTrapped,
  type LogLevel,
  type PowerState,
  READ_DONE,
  type ResetKind,
  SPACE_CONFIG,
  type SpaceMemory,
} from '@pciem/sdk';
import { anyFlag, applyRead, applyWrite } from '@pciem/sdk/testing';

/** What is put into BARs besides what the device says. */
export interface Contents {
  /** What bytes that belong to no register hold; these then keep what is written. */
  readonly unmapped?: number;
  /** Values after reset, from byte 0 of a BAR on. */
  readonly dumps?: ReadonlyMap<number, Uint8Array>;
  /** Dwords that always have this value, by BAR and offset: nobody is asked about them. */
  readonly constants?: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

/** By the number that the power management capability has for them. */
const POWER_STATES: readonly PowerState[] = ['D0', 'D1', 'D2', 'D3hot'];
/** Configuration space is looked at this far for what the device itself has changed. */
const CONFIG_BYTES = 256;

/** A device that runs inside another one, which is its host: its registers are memory here, the rest is passed on. */
export class InnerDevice implements HostPort {
  readonly instance: DeviceInstance;
  /** The answer of the last read that gave READ_DEFERRED. */
  deferred: DeferredRead<number> | undefined;
  readonly #spaces = new Map<number, SpaceMemory>();
  readonly #contents: Contents;
  #ctx: DeviceContext | undefined;
  readonly #config: Uint8Array;

  constructor(definition: DeviceDefinition, options: Readonly<Record<string, unknown>>, contents: Contents) {
    this.instance = new DeviceInstance(definition, options);
    this.#contents = contents;
    for (const { fn, space, size } of this.instance.spaces) {
      const memory = heapSpace(size);
      this.#spaces.set(space, memory);
      this.instance.attach(fn, space, memory);
    }
    this.#config = this.#memory(SPACE_CONFIG).image;
  }

  get layout(): DeviceInstance['functions'][number]['layout'] {
    const [fn] = this.instance.functions;
    if (!fn) throw new Error('a device has at least one function');
    return fn.layout;
  }

  start(ctx: DeviceContext): void {
    this.#ctx = ctx;
    for (const { index } of this.#memoryBars) this.instance.attachMemory(0, index, ctx.memory(index));
    this.#takeConfig();
    this.instance.start(this);
    this.#giveConfig();
    if (this.#contents.unmapped !== undefined) this.#openGaps();
    this.#fill();
  }

  /** A read of 1, 2, 4 or 8 bytes: an outcome of the SDK's `dispatchRead`, with the data in `instance.result`. */
  read(bar: number, offset: number, size: number): number {
    const memory = this.#memory(bar);
    this.#takeConfig();
    if (anyFlag(memory, offset, size, BYTE_FORWARD)) {
      const outcome = this.instance.dispatchRead(0, bar, offset, size);
      this.#giveConfig();
      return outcome;
    }
    const data = new Uint8Array(8);
    applyRead(memory, offset, data.subarray(0, size));
    const view = new DataView(data.buffer);
    this.instance.result.set(view.getUint32(0, true), view.getUint32(4, true));
    return READ_DONE;
  }

  write(bar: number, offset: number, size: number, low: number, high: number): void {
    const memory = this.#memory(bar);
    const data = new DataView(new ArrayBuffer(8));
    data.setUint32(0, low, true);
    data.setUint32(4, high, true);
    applyWrite(memory, offset, new Uint8Array(data.buffer, 0, size));
    if (anyFlag(memory, offset, size, BYTE_NOTIFY)) this.#dispatchWrite(bar, offset, size, low, high);
  }

  /** The driver has written a register of configuration space: the host has changed its image already. */
  configWritten(offset: number, size: number, value: number): void {
    this.#dispatchWrite(SPACE_CONFIG, offset, size, value, 0);
  }

  reset(kind: ResetKind): void {
    this.#takeConfig();
    this.instance.reset(0, kind);
    this.#fill();
    this.#giveConfig();
  }

  power(state: PowerState): void {
    this.#takeConfig();
    this.instance.power(0, POWER_STATES.indexOf(state));
    this.#giveConfig();
  }

  /** The bytes that a BAR holds. */
  image(bar: number): Uint8Array {
    return this.#memory(bar).image;
  }

  transfer(_fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    return this.#context.dma.transfer(from === 0 ? ops : ops.slice(from), to - from);
  }

  atomic(_fn: number, op: DmaAtomic): void {
    this.#context.dma.atomic(op);
  }

  mapMemory(_fn: number, address: number, length: number): Uint8Array {
    return this.#context.dma.map(address, length);
  }

  raiseIrq(_fn: number, vector: number): number {
    return irqNumber(this.#context.irq.raise(vector));
  }

  setIntx(_fn: number, asserted: boolean): number {
    if (asserted) return irqNumber(this.#context.irq.assert());
    this.#context.irq.deassert();
    return IRQ_DELIVERED;
  }

  log(level: LogLevel, text: string): void {
    const { log } = this.#context;
    (level === 'log' ? log : log[level])(text);
  }

  /** Let it come out of the proxy's own handler: its host knows how to report it. */
  deviceError(error: unknown): void {
    throw error;
  }

  deferRead(patient: boolean): (status: number, low: number, high: number) => void {
    const deferred = this.#context.defer({ patient });
    this.deferred = deferred;
    return (status, low) => (status === CompletionStatus.SC ? deferred.complete(low) : deferred.fail(status));
  }

  get #trappedBars() {
    return this.layout.bars.filter(isTrapped);
  }

  /** BARs that driver and device share; accesses to them come to nobody. */
  get #memoryBars() {
    return this.layout.bars.filter(({ kind }) => kind === 'ram');
  }

  get #context(): DeviceContext {
    if (!this.#ctx) throw new Error('the device uses its host before it has one');
    return this.#ctx;
  }

  #memory(space: number): SpaceMemory {
    const memory = this.#spaces.get(space);
    if (!memory) throw new RangeError(`the device has no register space ${space}`);
    return memory;
  }

  #dispatchWrite(space: number, offset: number, size: number, low: number, high: number): void {
    this.#takeConfig();
    this.instance.dispatchWrite(0, space, offset, size, low, high);
    this.#giveConfig();
  }

  /** Configuration space is the host's: the device sees a copy, and what it stores there is copied back. */
  #takeConfig(): void {
    const { config } = this.#context;
    const words = new Uint32Array(this.#config.buffer, this.#config.byteOffset, CONFIG_BYTES / 4);
    for (let i = 0; i < words.length; i++) words[i] = config.read32(i * 4);
  }

  #giveConfig(): void {
    const { config } = this.#context;
    for (let offset = 0; offset < CONFIG_BYTES; offset++) {
      const value = this.#config[offset] as number;
      if (config.read8(offset) !== value) config.write8(offset, value);
    }
  }

  /** Bytes that belong to no register become memory. */
  #openGaps(): void {
    for (const bar of this.#trappedBars) {
      const { writeMask } = this.#memory(bar.index);
      for (const [from, to] of this.#gaps(bar.index)) writeMask.fill(0xff, from, to);
    }
  }

  #fill(): void {
    const { unmapped, dumps } = this.#contents;
    for (const { index } of this.#trappedBars) {
      const image = this.image(index);
      if (unmapped !== undefined) for (const [from, to] of this.#gaps(index)) image.fill(unmapped, from, to);
      const dump = dumps?.get(index);
      if (dump) image.set(dump.subarray(0, image.length));
    }
  }

  /** Runs of bytes of a BAR in no register or range. */
  *#gaps(index: number): Generator<[number, number]> {
    const bar = this.layout.bars.find((each) => each.index === index);
    if (!bar) return;
    const registers = Object.values(bar.registers).flatMap(({ offset, width, array }) =>
      Array.from({ length: array?.count ?? 1 }, (_, n) => [offset + n * (array?.stride ?? 0), width / 8] as const),
    );
    const taken = [...registers, ...Object.values(bar.ranges).map(({ offset, length }) => [offset, length] as const)];
    taken.sort(([a], [b]) => a - b);
    let at = 0;
    for (const [offset, bytes] of taken) {
      if (offset > at) yield [at, offset];
      at = Math.max(at, offset + bytes);
    }
    if (at < bar.size) yield [at, bar.size];
  }
}

function irqNumber(result: IrqResult): number {
  if (result === 'delivered') return IRQ_DELIVERED;
  return result === 'pending' ? IRQ_PENDING : IRQ_REFUSED;
}
