import { uapi } from '@pciem/capture/uapi';
import type { ResetKind } from '../device.ts';
import type { DmaOp } from '../dma.ts';
import type { DmaAtomic } from '../dma-atomic.ts';
import type { CompleteRead, CompletionStatus, LogLevel } from '../host-port.ts';
import { anyFlag } from '../runtime/access-rules.ts';
import { BYTE_NOTIFY, heapSpace, SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { SimBars } from './sim-bars.ts';
import { SimConfig } from './sim-config.ts';
import { SimDma } from './sim-dma.ts';
import { SimInterrupts } from './sim-interrupts.ts';
import type { SimMemory } from './sim-memory.ts';
import type { SimError, SimParts } from './sim-parts.ts';
import type { SimEvent } from './sim-tap.ts';
import { bytesOf, runOf } from './sim-values.ts';

const { constants: c } = uapi;
const RESETS: readonly ResetKind[] = ['flr', 'bus', 'd3'];
const D3HOT = 3;

/** A function as its driver and the root complex see it. */
export class SimFunction {
  readonly memory: SimMemory;
  readonly logs: { level: LogLevel; text: string }[];
  readonly errors: SimError[];
  /** Its number. */
  readonly fn: number;
  readonly #parts: SimParts;
  readonly #spaces = new Map<number, SpaceMemory>();
  readonly #config: SimConfig;
  readonly #dma: SimDma;
  readonly #interrupts: SimInterrupts;
  readonly #bars: SimBars;

  constructor(parts: SimParts, fn: number) {
    this.#parts = parts;
    this.fn = fn;
    this.memory = parts.memory;
    this.logs = parts.logs;
    this.errors = parts.errors;
    const { instance } = parts;
    const shared = new Map<number, Uint8Array>();
    for (const { space, size } of instance.spaces.filter((each) => each.fn === fn)) {
      const memory = heapSpace(size);
      this.#spaces.set(space, memory);
      instance.attach(fn, space, memory);
    }
    for (const { space, size } of instance.memories.filter((each) => each.fn === fn)) {
      const memory = new Uint8Array(size);
      shared.set(space, memory);
      instance.attachMemory(fn, space, memory);
    }
    const space = this.#space(SPACE_CONFIG);
    const record = (event: SimEvent) => this.#record(event);
    this.#config = new SimConfig(space);
    this.#dma = new SimDma(parts, this.#config, record);
    this.#interrupts = new SimInterrupts(parts, { config: this.#config, space, msix: this.#layout.msix }, record);
    const [spaces, config, interrupts] = [this.#spaces, this.#config, this.#interrupts];
    this.#bars = new SimBars(this, parts, { spaces, shared, config, interrupts }, record);
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

  read8 = (bar: number, offset: number): number => Number(this.#bars.read(bar, offset, 1));
  read16 = (bar: number, offset: number): number => Number(this.#bars.read(bar, offset, 2));
  read32 = (bar: number, offset: number): number => Number(this.#bars.read(bar, offset, 4));
  read64 = (bar: number, offset: number): bigint => this.#bars.read(bar, offset, 8);
  write8 = (bar: number, offset: number, value: number): void => this.#bars.write(bar, offset, 1, BigInt(value));
  write16 = (bar: number, offset: number, value: number): void => this.#bars.write(bar, offset, 2, BigInt(value));
  write32 = (bar: number, offset: number, value: number): void => this.#bars.write(bar, offset, 4, BigInt(value));
  write64 = (bar: number, offset: number, value: bigint): void => this.#bars.write(bar, offset, 8, value);
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
    return this.#bars.readLater(bar, offset, size, ms);
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

  deferRead(): CompleteRead {
    return this.#bars.deferRead();
  }

  /** A read as it goes over the bus: what the completion says, and its data. Not for one that is answered later. */
  request(bar: number, offset: number, size: 1 | 2 | 4 | 8): { status: keyof typeof CompletionStatus; value: bigint } {
    const value = this.#bars.read(bar, offset, size);
    return { status: this.#bars.status, value };
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
      this.#bars.write(bar, offset + byte, size, new DataView(piece.buffer).getBigUint64(0, true));
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

  #writeConfig(offset: number, size: number, value: number): void {
    const power = this.#config.powerState;
    const resets = this.#config.write(offset, size, value);
    this.#captureConfig(c.PCIEM_EVENT_CONFIG_WRITE, offset, size, value);
    const space = this.#space(SPACE_CONFIG);
    if (anyFlag(space, offset, size, BYTE_NOTIFY)) {
      const data = size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1);
      this.#parts.instance.dispatchWrite(this.fn, SPACE_CONFIG, offset, size, data, 0);
      this.#parts.instance.rest();
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

  #space(space: number): SpaceMemory {
    const memory = this.#spaces.get(space);
    if (!memory) throw new RangeError(`the device has no register space ${space}`);
    return memory;
  }
}
