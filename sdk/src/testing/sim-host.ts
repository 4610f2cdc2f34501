import { uapi } from '@pciem/capture/uapi';
import type { DmaOp } from '../dma.ts';
import type { DmaAtomic } from '../dma-atomic.ts';
import { DmaStatus } from '../dma-fault.ts';
import { type CompleteRead, type HostPort, IRQ_REFUSED, type LogLevel } from '../host-port.ts';
import type { DeviceInstance } from '../runtime/instance.ts';
import { SimFunction } from './sim-function.ts';
import { SimMemory } from './sim-memory.ts';
import type { SimOptions, SimParts } from './sim-parts.ts';
import { SimTap } from './sim-tap.ts';

const { constants: c } = uapi;

/**
 * A root complex, memory and driver's view in process: plays the kernel to one device. What it offers of its own is
 * about function 0; `functions` has them all.
 */
export class SimHost extends SimFunction implements HostPort {
  readonly functions: readonly SimFunction[];
  readonly #parts: SimParts;

  constructor(instance: DeviceInstance, options: SimOptions = {}) {
    const parts: SimParts = {
      instance,
      options,
      memory: new SimMemory(),
      logs: [],
      errors: [],
      tap: options.capture ? new SimTap() : undefined,
      reading: undefined,
      plugged: true,
    };
    super(parts, 0);
    this.#parts = parts;
    this.functions = instance.functions.map((_, fn) => (fn === 0 ? this : new SimFunction(parts, fn)));
    instance.start(this);
    parts.tap?.add({ kind: c.PCIEM_EVENT_PLUG });
    if (options.enable ?? true) for (const each of this.functions) each.enable(options.interrupts);
  }

  /**
   * Lets other code of a device of the same structure take over while it stays plugged; false if the structure differs.
   * If its `setup` throws, that comes out of here, and the old code starts again.
   */
  replace(instance: DeviceInstance): boolean {
    const before = this.#parts.instance;
    if (!instance.hasStructureOf(before)) return false;
    this.#parts.instance = instance;
    try {
      instance.takeOver(before, this);
    } catch (error) {
      this.#parts.instance = before.again();
      this.#parts.instance.takeOver(instance, this);
      throw error;
    }
    return true;
  }

  /** Unplugs the device and runs its `stop` handlers. */
  close(): void {
    if (!this.#parts.plugged) return;
    this.#parts.plugged = false;
    for (const each of this.functions) each.leave();
    this.#parts.instance.stop();
  }

  /** Everything that has happened, as the contents of a pcapng file; plug with `capture: true` for that. */
  capture(): Uint8Array {
    const { tap, instance } = this.#parts;
    if (!tap) throw new Error('nothing has been captured: plug(device, { capture: true })');
    return tap.pcapng(instance.functions.map((_, fn) => instance.describe(fn, { domain: 0x1f000, bus: 0, device: 0 })));
  }

  override transfer(fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    if (fn === 0) return super.transfer(fn, ops, from, to);
    return this.functions[fn]?.transfer(fn, ops, from, to) ?? to - from;
  }

  override atomic(fn: number, op: DmaAtomic): void {
    const of = this.functions[fn];
    if (fn === 0) super.atomic(fn, op);
    else if (of) of.atomic(fn, op);
    else op.status = DmaStatus.GONE;
  }

  override mapMemory(fn: number, address: number, length: number): Uint8Array | undefined {
    if (fn === 0) return super.mapMemory(fn, address, length);
    return this.functions[fn]?.mapMemory(fn, address, length);
  }

  override raiseIrq(fn: number, vector: number): number {
    if (fn === 0) return super.raiseIrq(fn, vector);
    return this.functions[fn]?.raiseIrq(fn, vector) ?? IRQ_REFUSED;
  }

  override setIntx(fn: number, asserted: boolean): number {
    if (fn === 0) return super.setIntx(fn, asserted);
    return this.functions[fn]?.setIntx(fn, asserted) ?? IRQ_REFUSED;
  }

  override deferRead(): CompleteRead {
    const { reading } = this.#parts;
    return reading === undefined || reading === this ? super.deferRead() : reading.deferRead();
  }

  log(level: LogLevel, text: string): void {
    this.logs.push({ level, text });
    const vector = level === 'error' ? c.PCIEM_MARK_ERROR : c.PCIEM_MARK_LOG;
    this.#parts.tap?.add({ kind: c.PCIEM_EVENT_MARK, vector, data: new TextEncoder().encode(text) });
    this.#parts.options.onLog?.(level, text);
  }

  deviceError(error: unknown, where: string): void {
    this.errors.push({ error, where });
    this.#parts.options.onDeviceError?.({ error, where });
    if (this.#parts.options.onError !== 'record') throw error;
  }
}
