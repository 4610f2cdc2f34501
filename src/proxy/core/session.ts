import type { ConfigAccess, DeviceContext, Dma, Irq, Log } from '@pciem/sdk';
import type { InnerDevice } from './inner-device.ts';
import type { RegisterNames } from './register-names.ts';
import type { ModelSession } from './source.ts';

/** What sources can use, of a proxy that runs. */
export class Session implements ModelSession {
  readonly dma: Dma;
  readonly irq: Irq;
  readonly log: Log;
  readonly config: ConfigAccess;
  readonly names: RegisterNames;
  readonly #inner: InnerDevice;
  readonly #written = new Map<number, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor({ dma, irq, log, config }: DeviceContext, inner: InnerDevice, names: RegisterNames) {
    this.dma = dma;
    this.irq = irq;
    this.log = log;
    this.config = config;
    this.names = names;
    this.#inner = inner;
  }

  peek(bar: number, offset: number, size: number): number {
    const image = this.#inner.image(bar);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 256 + (image[offset + i] ?? 0);
    return value;
  }

  poke(bar: number, offset: number, size: number, value: number): void {
    const image = this.#inner.image(bar);
    for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) image[offset + i] = rest % 256;
  }

  written(bar: number, offset: number): number {
    return this.#written.get(bar * 2 ** 32 + offset) ?? 0;
  }

  /** The driver has written a value. */
  wrote(bar: number, offset: number, value: number): void {
    this.#written.set(bar * 2 ** 32 + offset, value);
  }

  after(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  interrupt(vector: number): void {
    if (this.irq.raise(vector) === 'refused') this.irq.assert();
  }

  stop(reason: string): void {
    this.log.warn(`stopped by ${reason}`);
    setImmediate(() => process.kill(process.pid, 'SIGINT'));
  }

  /** Forgets what the driver has written and what was to happen later. */
  reset(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#written.clear();
  }
}
