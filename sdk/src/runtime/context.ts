import { format } from 'node:util';
import type { ConfigAccess, DeviceContext, Irq, IrqResult, Log } from '../context.ts';
import type { DeferOptions, DeferredRead } from '../deferred.ts';
import type { Dma } from '../dma.ts';
import { type HostPort, IRQ_DELIVERED, IRQ_PENDING, type LogLevel } from '../host-port.ts';
import { type CurrentAccess, Deferred } from './access.ts';
import { DmaPort } from './dma-port.ts';

interface ContextParts {
  readonly port: HostPort;
  readonly fn: number;
  readonly access: CurrentAccess;
  readonly options: Readonly<Record<string, unknown>>;
  readonly config: Uint8Array;
  readonly regs: object;
  readonly saved: unknown;
  /** Of the `ram` BARs, by their index. */
  readonly memories: ReadonlyMap<number, Uint8Array>;
}

/** What the handlers of one function get. */
export class FunctionContext implements DeviceContext {
  readonly regs: Record<string, never>;
  readonly config: ConfigAccess;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dma: Dma;
  readonly irq: Irq;
  readonly log: Log;
  readonly access: CurrentAccess;
  readonly saved: unknown;
  readonly #port: HostPort;
  readonly #memories: ReadonlyMap<number, Uint8Array>;

  constructor(parts: ContextParts) {
    const { port, fn } = parts;
    this.#port = port;
    this.regs = parts.regs as Record<string, never>;
    this.options = parts.options;
    this.access = parts.access;
    this.saved = parts.saved;
    this.#memories = parts.memories;
    this.config = configAccess(parts.config);
    this.dma = new DmaPort(port, fn);
    this.irq = {
      raise: (vector) => (vector >>> 0 === vector ? irqResult(port.raiseIrq(fn, vector)) : 'refused'),
      assert: () => irqResult(port.setIntx(fn, true)),
      deassert: () => void port.setIntx(fn, false),
    };
    this.log = logOf(port);
  }

  // Functions of their own, as they are taken out of the context by destructuring.
  readonly memory = (bar: number): Uint8Array => {
    const memory = this.#memories.get(bar);
    if (memory) return memory;
    const there = [...this.#memories.keys()].join(', ') || 'none';
    throw new RangeError(`memory(${bar}): BAR ${bar} is not a ram BAR of this device; those are: ${there}`);
  };

  readonly defer = <V extends number | bigint>({ patient = false }: DeferOptions = {}): DeferredRead<V> => {
    const deferred = new Deferred(this.#port, this.access, patient);
    this.access.deferred = deferred;
    return deferred;
  };
}

function irqResult(result: number): IrqResult {
  if (result === IRQ_DELIVERED) return 'delivered';
  return result === IRQ_PENDING ? 'pending' : 'refused';
}

function logOf(port: HostPort): Log {
  const at =
    (level: LogLevel) =>
    (...args: unknown[]) =>
      port.log(level, format(...args));
  return Object.assign(at('log'), { warn: at('warn'), error: at('error') });
}

function configAccess(image: Uint8Array): ConfigAccess {
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  return {
    read8: (offset) => view.getUint8(offset),
    read16: (offset) => view.getUint16(offset, true),
    read32: (offset) => view.getUint32(offset, true),
    write8: (offset, value) => view.setUint8(offset, value),
    write16: (offset, value) => view.setUint16(offset, value, true),
    write32: (offset, value) => view.setUint32(offset, value, true),
  };
}
