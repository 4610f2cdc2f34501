import { type DeviceDefinition, DeviceInstance, type DmaOp, DmaStatus, IRQ_DELIVERED } from '@pciem/sdk';
import { SimHost, type SimOptions } from '@pciem/sdk/testing';
import type { RecordedEvent, Recording } from '../recording.ts';

/** Nanoseconds from event to event, unless there was a pause. */
const STEP = 1000;

/** Plays the driver to a device, and writes down what happens as a capture would. */
export class RecordingHost extends SimHost {
  readonly events: RecordedEvent[] = [];
  readonly #instance: DeviceInstance;
  #time = 0;
  #level = false;

  constructor(definition: DeviceDefinition, options: SimOptions & { settings?: Record<string, unknown> } = {}) {
    const instance = new DeviceInstance(definition, options.settings);
    super(instance, { ...options, enable: false });
    this.#instance = instance;
  }

  /** A pause of the driver, in which the device does what it does by itself. */
  async pause(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    this.#time += milliseconds * 1e6;
  }

  read(offset: number, size: 1 | 2 | 4 | 8 = 4, space = 0): number {
    const value = space === 7 ? BigInt(this.#readConfig(offset, size)) : this.#readBar(space, offset, size);
    this.#note({ kind: 'read', space, offset, size, value, failed: false });
    return Number(value);
  }

  write(offset: number, value: number | bigint, size: 1 | 2 | 4 | 8 = 4, space = 0): void {
    this.#note({ kind: 'write', space, offset, size, value: BigInt(value), failed: false });
    const number = Number(value);
    if (space === 7) this.#writeConfig(offset, size, number);
    else if (size === 8) this.write64(space, offset, BigInt(value));
    else if (size === 4) this.write32(space, offset, number);
    else if (size === 2) this.write16(space, offset, number);
    else this.write8(space, offset, number);
  }

  recording(file = 'recorded'): Recording {
    const map = this.#instance.describe(0, { domain: 0x1f000, bus: 0, device: 0 });
    const config = new Uint8Array(4096);
    for (let offset = 0; offset < 256; offset++) config[offset] = this.readConfig8(offset);
    return { file, map, events: this.events, config, configKnown: new Uint8Array(4096).fill(1, 0, 256) };
  }

  override transfer(fn: number, ops: readonly DmaOp[], from: number, to: number): number {
    const failed = super.transfer(fn, ops, from, to);
    for (const { address, buffer, offset = 0, length, write, status } of ops.slice(from, to)) {
      if (status !== DmaStatus.OK) continue;
      const data = buffer.slice(offset, offset + (length ?? buffer.byteLength - offset));
      this.#note({ kind: write ? 'dma write' : 'dma read', address, data });
    }
    return failed;
  }

  override raiseIrq(fn: number, vector: number): number {
    const result = super.raiseIrq(fn, vector);
    if (result === IRQ_DELIVERED) this.#note({ kind: 'interrupt', vector });
    return result;
  }

  override setIntx(fn: number, asserted: boolean): number {
    const result = super.setIntx(fn, asserted);
    if (this.intx !== this.#level) this.#note({ kind: this.intx ? 'assert' : 'deassert' });
    this.#level = this.intx;
    return result;
  }

  #note(event: Unplaced<RecordedEvent>): void {
    this.#time += STEP;
    this.events.push({ ...event, time: this.#time, frame: this.events.length + 1 } as RecordedEvent);
  }

  #readBar(bar: number, offset: number, size: number): bigint {
    if (size === 8) return this.read64(bar, offset);
    return BigInt(
      size === 4 ? this.read32(bar, offset) : size === 2 ? this.read16(bar, offset) : this.read8(bar, offset),
    );
  }

  #readConfig(offset: number, size: number): number {
    if (size === 4) return this.readConfig32(offset);
    return size === 2 ? this.readConfig16(offset) : this.readConfig8(offset);
  }

  #writeConfig(offset: number, size: number, value: number): void {
    if (size === 4) this.writeConfig32(offset, value);
    else if (size === 2) this.writeConfig16(offset, value);
    else this.writeConfig8(offset, value);
  }
}

type Unplaced<E> = E extends unknown ? Omit<E, 'time' | 'frame'> : never;
