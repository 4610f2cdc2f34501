import type { DeviceMap } from '@pciem/capture';
import { functionsOf, layOut } from '../compile/layout.ts';
import { API_VERSION, type DeviceDefinition, isDeviceDefinition, type PowerState, type ResetKind } from '../device.ts';
import { DeviceDefinitionError } from '../errors.ts';
import type { HostPort } from '../host-port.ts';
import { parseOptions } from '../options.ts';
import type { SpaceMemory } from '../spaces.ts';
import { describeFunction, type FunctionAddress } from './describe.ts';
import { FunctionInstance } from './function.ts';
import { ReadResult } from './read-result.ts';
import { READ_FAILED } from './space.ts';
import { sameStructure } from './structure.ts';

const POWER_STATES: readonly PowerState[] = ['D0', 'D1', 'D2', 'D3hot'];
/** Register spaces of a function, as a shift. */
const SPACE_SHIFT = 3;

/** A BAR or configuration space that the host has to give memory for. */
export interface SpaceInfo {
  readonly fn: number;
  readonly space: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * A device that runs on a host. The host's order of calls: constructor, `attach` for each of `spaces` and `attachMemory`
 * for each of `memories`, `start`; then
 * `dispatchWrite`, `dispatchRead` and `reset` as the driver goes about its business, and `drained` after each batch of
 * these and while `pending` is true; `idle` before it sleeps, after which it asks `pending` again. Hosts that do nothing
 * between two accesses call `rest` instead of these three. `stop` at the end.
 */
export class DeviceInstance {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly functions: readonly FunctionInstance[];
  /** The data of the last `dispatchRead` that returned READ_DONE. */
  readonly result = new ReadResult();
  /** Those that have a `drained` handler. */
  #batching: readonly FunctionInstance[] = [];
  /** Those that have a `pending` handler. */
  #polled: readonly FunctionInstance[] = [];
  /** What `rest` has left to do. */
  #later: NodeJS.Immediate | undefined;
  /** Dispatchers of all functions by `fn << 3 | space`. */
  readonly #dispatchers: FunctionInstance['dispatchers'] = [];

  readonly #definition: DeviceDefinition;
  /** Options as they were given. */
  readonly #given: Readonly<Record<string, unknown>>;

  /** Checks options and definition. Throws a DeviceOptionsError or a DeviceDefinitionError. */
  constructor(definition: DeviceDefinition, options: Readonly<Record<string, unknown>> = {}) {
    checkDefinition(definition);
    this.#definition = definition;
    this.#given = options;
    this.name = definition.name;
    this.options = parseOptions(definition.name, definition.options, options);
    const spec = definition.build(this.options as never);
    const functions = functionsOf(spec);
    this.functions = functions.map((each, fn) => {
      return new FunctionInstance(fn, each, layOut(definition.name, each, functions.length > 1));
    });
  }

  /**
   * Whether this device differs from another in nothing but its handlers: what the driver and captures have been told
   * of one is true of the other.
   */
  hasStructureOf({ name, functions }: DeviceInstance): boolean {
    if (this.name !== name || this.functions.length !== functions.length) return false;
    return this.functions.every(({ layout }, fn) => sameStructure(layout, functions[fn]?.layout));
  }

  get spaces(): SpaceInfo[] {
    return this.functions.flatMap(({ layout }, fn) =>
      [...layout.spaces].map(([space, { image }]) => ({ fn, space, size: image.byteLength })),
    );
  }

  /** The `ram` BARs, which the host has to give memory for as well, with `attachMemory`; zero when the device is new. */
  get memories(): SpaceInfo[] {
    return this.functions.flatMap(({ layout }, fn) =>
      layout.bars.filter(({ kind }) => kind === 'ram').map(({ index, size }) => ({ fn, space: index, size })),
    );
  }

  attachMemory(fn: number, bar: number, memory: Uint8Array): void {
    this.functions[fn]?.attachMemory(bar, memory);
  }

  /** Gives a space its memory and fills in reset values and masks. */
  attach(fn: number, space: number, memory: SpaceMemory): void {
    this.functions[fn]?.attach(space, memory);
  }

  /** Runs the device's `setup` and fills in the flags. An exception of `setup` comes out of here. */
  start(port: HostPort): void {
    this.#start(port, []);
  }

  /**
   * Takes the place of a device of the same structure that runs on the same host: its memory stays as it is, its
   * handlers are not called any more. If the new `setup` throws, that comes out of here: the old device is stopped then,
   * and `again()` of it may take over.
   */
  takeOver(from: DeviceInstance, port: HostPort): void {
    for (const { fn, space } of this.spaces) {
      const memory = from.functions[fn]?.memoryOf(space);
      if (memory) this.functions[fn]?.attach(space, memory, true);
    }
    for (const { fn, space } of this.memories) {
      const memory = from.functions[fn]?.sharedMemoryOf(space);
      if (memory) this.attachMemory(fn, space, memory);
    }
    const saved = from.functions.map((instance) => instance.save());
    from.stop();
    this.#start(port, saved);
  }

  /** The same device once more, not started. */
  again(): DeviceInstance {
    return new DeviceInstance(this.#definition, this.#given);
  }

  #start(port: HostPort, saved: readonly unknown[]): void {
    this.functions.forEach((instance, fn) => {
      instance.start(port, this.options, this.result, saved[fn]);
      instance.dispatchers.forEach((dispatcher, space) => {
        this.#dispatchers[(fn << SPACE_SHIFT) | space] = dispatcher;
      });
    });
    this.#batching = this.functions.filter(({ batches }) => batches);
    this.#polled = this.functions.filter(({ polled }) => polled);
  }

  /**
   * The driver wrote `size` bytes (1, 2, 4 or 8) at `offset` of a space; `low` and `high` are the halves of the data
   * as written. The host has applied the masks to the image already. Never throws.
   */
  dispatchWrite(fn: number, space: number, offset: number, size: number, low: number, high: number): void {
    this.#dispatchers[(fn << SPACE_SHIFT) | space]?.write(offset, size, low, high);
  }

  /**
   * The driver reads `size` bytes at `offset` of a space. READ_DONE: the data is in `result`. READ_FAILED: complete
   * with UR. READ_DEFERRED: the device completes it later by what `deferRead` gave it. Never throws.
   */
  dispatchRead(fn: number, space: number, offset: number, size: number): number {
    return this.#dispatchers[(fn << SPACE_SHIFT) | space]?.read(offset, size) ?? READ_FAILED;
  }

  /** The end of a batch: the host has handed over every access that was waiting, or as many as it does in a row. */
  drained(): void {
    for (let i = 0; i < this.#batching.length; i++) (this.#batching[i] as FunctionInstance).drained();
  }

  /** Whether the device has work that no access tells of: then `drained` is due. */
  get pending(): boolean {
    for (let i = 0; i < this.#polled.length; i++) if ((this.#polled[i] as FunctionInstance).pending) return true;
    return false;
  }

  /** The host will not look at `pending` again before the next access, but for once more after this. */
  idle(): void {
    for (let i = 0; i < this.#polled.length; i++) (this.#polled[i] as FunctionInstance).idle();
  }

  /** The end of a batch, after which the host does nothing of its own: what is left is done on the event loop. */
  rest(): void {
    if (this.#later !== undefined) return;
    this.drained();
    if (this.pending || this.#wakes()) {
      this.#later = setImmediate(() => {
        this.#later = undefined;
        this.rest();
      });
    }
  }

  #wakes(): boolean {
    this.idle();
    return this.pending;
  }

  /** The function was reset: puts the reset values of its BAR registers back and tells the device. */
  reset(fn: number, kind: ResetKind): void {
    this.functions[fn]?.reset(kind);
  }

  /** The driver has changed the power state: 0 for D0 to 3 for D3hot. A reset that comes of it is told next. */
  power(fn: number, state: number): void {
    this.functions[fn]?.power(POWER_STATES[state] ?? 'D3hot');
  }

  /** Names what is accessed at `offset` of a space, for messages. */
  nameAt(fn: number, space: number, offset: number): string {
    return this.#dispatchers[(fn << SPACE_SHIFT) | space]?.nameAt(offset) ?? `space ${space} offset ${offset}`;
  }

  stop(): void {
    clearImmediate(this.#later);
    this.#later = undefined;
    for (const instance of this.functions) instance.stop();
  }

  /** What captures say about a function. */
  describe(fn: number, address: FunctionAddress): DeviceMap {
    const instance = this.functions[fn];
    if (!instance) throw new RangeError(`the device has no function ${fn}`);
    return describeFunction(this.name, instance.layout, { ...address, function: fn });
  }
}

function checkDefinition(definition: DeviceDefinition): void {
  if (!isDeviceDefinition(definition)) {
    throw new DeviceDefinitionError('this is no device: export the result of defineDevice() as default');
  }
  if (definition.apiVersion !== API_VERSION) {
    throw new DeviceDefinitionError(
      `device ${definition.name} was made for SDK interface ${definition.apiVersion}, and this is ${API_VERSION}: ` +
        'use versions of the device and of pciem that fit each other',
    );
  }
}
