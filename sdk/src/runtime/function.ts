import type { FunctionLayout } from '../compile/layout.ts';
import type { DeviceContext } from '../context.ts';
import type { AnyDeviceSpec, Handlers, ResetKind } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { HostPort } from '../host-port.ts';
import { SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { CurrentAccess } from './access.ts';
import { registerAccessor } from './accessors.ts';
import { FunctionContext } from './context.ts';
import { barEntries, type HandlerTable } from './entries.ts';
import { fillFlags, fillSpace, resetRegisters } from './memory.ts';
import type { ReadResult } from './read-result.ts';
import { SpaceDispatcher } from './space.ts';

/** One function of a running device: its memory, its handlers and the way to them. */
export class FunctionInstance {
  readonly layout: FunctionLayout;
  /** By space; a BAR that is not there has none. */
  readonly dispatchers: (SpaceDispatcher | undefined)[] = [];
  readonly #spec: AnyDeviceSpec;
  readonly #number: number;
  readonly #memory = new Map<number, SpaceMemory>();
  #handlers: Handlers = {};
  #ctx: DeviceContext | undefined;
  #port: HostPort | undefined;

  constructor(number: number, spec: AnyDeviceSpec, layout: FunctionLayout) {
    this.#number = number;
    this.#spec = spec;
    this.layout = layout;
  }

  attach(space: number, memory: SpaceMemory): void {
    const image = this.layout.spaces.get(space);
    if (!image) throw new RangeError(`function ${this.#number} has no register space ${space}`);
    if (memory.image.length !== image.image.byteLength || memory.image.byteOffset % 8 !== 0) {
      throw new RangeError(`space ${space} needs ${image.image.byteLength} bytes at a multiple of 8`);
    }
    fillSpace(memory, image);
    this.#memory.set(space, memory);
  }

  start(port: HostPort, options: Readonly<Record<string, unknown>>, result: ReadResult): void {
    const access = new CurrentAccess();
    const regs = this.#accessors();
    const config = this.#memoryOf(SPACE_CONFIG).image;
    const ctx = new FunctionContext({ port, fn: this.#number, access, options, config, regs });
    this.#port = port;
    this.#ctx = ctx;
    this.#handlers = (this.#spec.setup as ((ctx: DeviceContext) => Handlers) | undefined)?.(ctx) ?? {};
    const table = handlerTable(this.#handlers, this.layout);
    for (const bar of this.layout.bars) {
      const memory = this.#memoryOf(bar.index);
      const entries = barEntries(bar, table);
      fillFlags(memory.flags, bar, entries);
      this.dispatchers[bar.index] = new SpaceDispatcher(entries, memory.image, { access, ctx, port, result });
    }
  }

  reset(kind: ResetKind): void {
    for (const bar of this.layout.bars) {
      const image = this.layout.spaces.get(bar.index);
      if (image) resetRegisters(this.#memoryOf(bar.index), image, bar);
    }
    this.#run('reset handler', () => this.#ctx && this.#handlers.reset?.(kind, this.#ctx));
  }

  /** Configuration space as it is after reset, for hosts that play the root complex themselves. */
  restoreConfig(): void {
    const image = this.layout.spaces.get(SPACE_CONFIG);
    if (image) fillSpace(this.#memoryOf(SPACE_CONFIG), image);
  }

  stop(): void {
    this.#run('stop handler', () => this.#handlers.stop?.());
  }

  #run(where: string, handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#port?.deviceError(error, where);
    }
  }

  #accessors(): object {
    const regs: Record<string, object> = {};
    for (const bar of this.layout.bars) {
      const { image } = this.#memoryOf(bar.index);
      for (const [name, register] of Object.entries(bar.registers))
        regs[name] = registerAccessor(name, register, image);
    }
    return regs;
  }

  #memoryOf(space: number): SpaceMemory {
    const memory = this.#memory.get(space);
    if (memory) return memory;
    throw new Error(`function ${this.#number}: register space ${space} has no memory; the host has to attach it first`);
  }
}

/** Checks that every handler from `setup` belongs to something; a misspelt one would never run. */
function handlerTable(handlers: Handlers, layout: FunctionLayout): HandlerTable {
  const names = layout.bars.flatMap((bar) => [...Object.keys(bar.registers), ...Object.keys(bar.ranges)]);
  for (const kind of ['read', 'write'] as const) {
    const unknown = Object.keys(handlers[kind] ?? {}).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new DeviceDefinitionError(
        `setup returns a ${kind} handler for ${unknown}, which is no register or range; there are: ${names.join(', ')}`,
      );
    }
  }
  return { read: handlers.read ?? {}, write: handlers.write ?? {} } as HandlerTable;
}
