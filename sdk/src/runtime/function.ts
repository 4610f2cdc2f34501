import { NO_CONFIG_READS } from '../compile/check-bar.ts';
import type { FunctionLayout } from '../compile/layout.ts';
import type { DeviceContext } from '../context.ts';
import type { AnyDeviceSpec, Handlers, ResetKind } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { HostPort } from '../host-port.ts';
import type { RegisterMap } from '../registers.ts';
import { SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { CurrentAccess } from './access.ts';
import { registerAccessor } from './accessors.ts';
import { FunctionContext } from './context.ts';
import { type HandlerTable, type SpaceContents, spaceEntries } from './entries.ts';
import { fillFlags, fillSpace, resetRegisters } from './memory.ts';
import type { ReadResult } from './read-result.ts';
import { type SharedParts, SpaceDispatcher } from './space.ts';

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
    const shared = { access, ctx, port, result };
    for (const { index, registers, ranges } of this.layout.bars) {
      this.#startSpace(index, { place: `bar ${index}`, registers, ranges }, table, shared);
    }
    checkConfigHandlers(this.layout.config, table);
    const own = { place: 'config', registers: this.layout.config, ranges: {} };
    this.#startSpace(SPACE_CONFIG, own, table, shared);
  }

  #startSpace(space: number, contents: SpaceContents, table: HandlerTable, shared: SharedParts): void {
    const { image, flags } = this.#memoryOf(space);
    const entries = spaceEntries(contents, table);
    fillFlags(flags, contents.registers, entries);
    this.dispatchers[space] = new SpaceDispatcher(entries, image, shared);
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

  /** Whether the device wants to be told of the end of a batch. */
  get batches(): boolean {
    return this.#handlers.drained !== undefined;
  }

  drained(): void {
    try {
      this.#handlers.drained?.();
    } catch (error) {
      this.#port?.deviceError(error, 'drained handler');
    }
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
    const spaces = [...this.layout.bars, { index: SPACE_CONFIG, registers: this.layout.config }];
    for (const { index, registers } of spaces) {
      const { image } = this.#memoryOf(index);
      for (const [name, register] of Object.entries(registers)) regs[name] = registerAccessor(name, register, image);
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
  const names = [
    ...layout.bars.flatMap((bar) => [...Object.keys(bar.registers), ...Object.keys(bar.ranges)]),
    ...Object.keys(layout.config),
  ];
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

function checkConfigHandlers(config: RegisterMap, table: HandlerTable): void {
  const name = Object.keys(config).find((register) => register in table.read);
  if (name === undefined) return;
  throw new DeviceDefinitionError(`setup returns a read handler for ${name}; ${NO_CONFIG_READS}`);
}
