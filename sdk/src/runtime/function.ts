import { isTrapped } from '../bars.ts';
import { NO_CONFIG_READS } from '../compile/check-bar.ts';
import type { FunctionLayout } from '../compile/layout.ts';
import type { DeviceContext } from '../context.ts';
import type { AnyDeviceSpec, Handlers, PowerState, ResetKind } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { HostPort } from '../host-port.ts';
import type { RegisterMap } from '../registers.ts';
import { SPACE_CONFIG, type SpaceMemory } from '../spaces.ts';
import { CurrentAccess } from './access.ts';
import { registerAccessor } from './accessors.ts';
import { FunctionContext } from './context.ts';
import { type Entry, type HandlerTable, reactionEntries, type SpaceContents, spaceEntries } from './entries.ts';
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
  /** Of the `ram` BARs, by their index. */
  readonly #shared = new Map<number, Uint8Array>();
  #handlers: Handlers = {};
  #ctx: DeviceContext | undefined;
  #port: HostPort | undefined;

  constructor(number: number, spec: AnyDeviceSpec, layout: FunctionLayout) {
    this.#number = number;
    this.#spec = spec;
    this.layout = layout;
  }

  /** `keep`: the memory is that of a device of the same structure, and stays as it is. */
  attach(space: number, memory: SpaceMemory, keep = false): void {
    const image = this.layout.spaces.get(space);
    if (!image) throw new RangeError(`function ${this.#number} has no register space ${space}`);
    if (memory.image.length !== image.image.byteLength || memory.image.byteOffset % 8 !== 0) {
      throw new RangeError(`space ${space} needs ${image.image.byteLength} bytes at a multiple of 8`);
    }
    if (!keep) fillSpace(memory, image);
    this.#memory.set(space, memory);
  }

  /** Gives a `ram` BAR its memory, which stays as it is. */
  attachMemory(bar: number, memory: Uint8Array): void {
    const size = this.layout.bars.find(({ index, kind }) => index === bar && kind === 'ram')?.size;
    if (size === undefined) throw new RangeError(`function ${this.#number} has no ram BAR ${bar}`);
    if (memory.length !== size) throw new RangeError(`ram BAR ${bar} needs ${size} bytes`);
    this.#shared.set(bar, memory);
  }

  /** The memory of a `ram` BAR. */
  sharedMemoryOf(bar: number): Uint8Array {
    const memory = this.#shared.get(bar);
    if (memory) return memory;
    throw new Error(`function ${this.#number}: ram BAR ${bar} has no memory; the host has to attach it first`);
  }

  start(port: HostPort, options: Readonly<Record<string, unknown>>, result: ReadResult, saved: unknown): void {
    const access = new CurrentAccess();
    const regs = this.#accessors();
    const config = this.memoryOf(SPACE_CONFIG).image;
    const ctx = new FunctionContext({
      port,
      fn: this.#number,
      access,
      options,
      config,
      regs,
      saved,
      memories: this.#shared,
    });
    this.#port = port;
    this.#ctx = ctx;
    this.#handlers = (this.#spec.setup as ((ctx: DeviceContext) => Handlers) | undefined)?.(ctx) ?? {};
    checkPolling(this.#handlers);
    const table = handlerTable(this.#handlers, this.layout);
    const shared = { access, ctx, port, result };
    for (const { index, registers, ranges } of this.#trapped) {
      this.#startSpace(index, { place: `bar ${index}`, registers, ranges }, table, shared);
    }
    checkConfigHandlers(this.layout.config, table);
    const own = { place: 'config', registers: this.layout.config, ranges: {} };
    this.#startSpace(SPACE_CONFIG, own, table, shared, reactionEntries(this.layout.capabilities, config));
  }

  #startSpace(
    space: number,
    contents: SpaceContents,
    table: HandlerTable,
    shared: SharedParts,
    further: readonly Entry[] = [],
  ): void {
    const { image, flags } = this.memoryOf(space);
    const entries = [...spaceEntries(contents, table), ...further];
    // The driver may be at it already: each flag goes from its old value to its new one at once.
    const next = new Uint8Array(flags.length);
    fillFlags(next, contents.registers, entries);
    flags.set(next);
    this.dispatchers[space] = new SpaceDispatcher(entries, image, shared);
  }

  reset(kind: ResetKind): void {
    for (const bar of this.#trapped) {
      const image = this.layout.spaces.get(bar.index);
      if (image) resetRegisters(this.memoryOf(bar.index), image, bar);
    }
    this.#run('reset handler', () => this.#ctx && this.#handlers.reset?.(kind, this.#ctx));
  }

  power(state: PowerState): void {
    this.#run('power handler', () => this.#ctx && this.#handlers.power?.(state, this.#ctx));
  }

  /** Configuration space as it is after reset, for hosts that play the root complex themselves. */
  restoreConfig(): void {
    const image = this.layout.spaces.get(SPACE_CONFIG);
    if (image) fillSpace(this.memoryOf(SPACE_CONFIG), image);
  }

  /** Whether the device wants to be told of the end of a batch. */
  get batches(): boolean {
    return this.#handlers.drained !== undefined;
  }

  drained(): void {
    try {
      this.#handlers.drained?.();
    } catch (error) {
      // Not by #run: this is called for every batch, and makes no closure.
      this.#port?.deviceError(error, 'drained handler');
    }
  }

  /** Whether the device has to be asked for work that no access tells of. */
  get polled(): boolean {
    return this.#handlers.pending !== undefined;
  }

  /** A handler that throws has no work. */
  get pending(): boolean {
    try {
      return this.#handlers.pending?.() === true;
    } catch (error) {
      this.#port?.deviceError(error, 'pending handler');
      return false;
    }
  }

  idle(): void {
    try {
      this.#handlers.idle?.();
    } catch (error) {
      this.#port?.deviceError(error, 'idle handler');
    }
  }

  /** What the device wants to hand over to the code that replaces it. */
  save(): unknown {
    let saved: unknown;
    this.#run('save handler', () => {
      saved = this.#handlers.save?.();
    });
    return saved;
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
    const spaces = [...this.#trapped, { index: SPACE_CONFIG, registers: this.layout.config }];
    for (const { index, registers } of spaces) {
      const { image } = this.memoryOf(index);
      for (const [name, register] of Object.entries(registers)) regs[name] = registerAccessor(name, register, image);
    }
    return regs;
  }

  get #trapped() {
    return this.layout.bars.filter(isTrapped);
  }

  /** The memory that the host has given for a space. */
  memoryOf(space: number): SpaceMemory {
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

function checkPolling({ drained, pending, idle }: Handlers): void {
  if (pending && !drained) throw new DeviceDefinitionError('setup returns pending without drained, which it asks for');
  if (idle && !pending) throw new DeviceDefinitionError('setup returns idle without pending, which is asked after it');
}

function checkConfigHandlers(config: RegisterMap, table: HandlerTable): void {
  const name = Object.keys(config).find((register) => register in table.read);
  if (name === undefined) return;
  throw new DeviceDefinitionError(`setup returns a read handler for ${name}; ${NO_CONFIG_READS}`);
}
