import { availableParallelism } from 'node:os';
import type { DeviceMap } from '@pciem/capture';
import { uapi } from '@pciem/capture/uapi';
import { type DeviceDefinition, DeviceInstance, SPACE_CONFIG } from '@pciem/sdk';
import { withBusAddresses } from './bus-addresses.ts';
import { Control, type Created, readStats, spaceMmapOffset } from './control.ts';
import { DeviceLoop } from './device-loop.ts';
import { type LifeCycle, recordHandler } from './device-records.ts';
import { KernelPort } from './kernel-port.ts';
import type { FromDeviceWorker } from './protocol.ts';
import { Ring } from './ring.ts';
import { spaceMapBytes, spaceMemory } from './space-memory.ts';
import { mmap, viewOf } from './syscalls.ts';

const RING_ENTRIES = 4096;
/** The device is alone on its bus. */
const BUS = 0;
const DEVICE = 0;

/** Where a device is to be plugged. */
export interface Slot {
  /** An open /dev/pciem. */
  readonly fd: number;
  readonly completionTimeoutUs: number;
  readonly send: (message: FromDeviceWorker) => void;
}

/** A device in the kernel, from its worker's side: the endpoint, its memory, and the code that runs. */
export class PluggedDevice {
  readonly created: Created;
  readonly #slot: Slot;
  readonly #control: Control;
  readonly #port: KernelPort;
  readonly #loop: DeviceLoop;
  /** Configuration space of each function, as the kernel has it. */
  readonly #configs: Uint8Array[] = [];
  #instance: DeviceInstance;

  /** Makes the endpoint and runs the device's `setup`. An exception of that comes out of here. */
  constructor(instance: DeviceInstance, slot: Slot) {
    const { fd, send, completionTimeoutUs } = slot;
    this.#slot = slot;
    this.#instance = instance;
    this.#control = new Control(fd);
    this.created = this.#control.create({
      name: instance.name,
      functions: instance.functions.map(({ layout }) => layout),
      ringEntries: RING_ENTRIES,
      completionTimeoutUs,
    });
    for (const { fn, space, size } of instance.spaces) {
      const memory = this.#map(spaceMmapOffset(fn, space), spaceMapBytes(size), `register space ${space}`);
      const tables = spaceMemory(memory, size);
      if (space === SPACE_CONFIG) this.#configs[fn] = tables.image;
      instance.attach(fn, space, tables);
    }
    for (const { fn, space, size } of instance.memories) {
      const memory = this.#map(spaceMmapOffset(fn, space), size, `ram BAR ${space}`);
      instance.attachMemory(fn, space, new Uint8Array(memory));
    }
    const ring = new Ring(this.#map(uapi.constants.PCIEM_MMAP_RING, this.created.ringBytes, 'the ring'));
    this.#port = new KernelPort({
      control: this.#control,
      completionTimeoutUs,
      ring,
      nameAt: (fn, space, offset) => this.#instance.nameAt(fn, space, offset),
      emit: (event) => send({ type: 'event', event }),
      mappings: {
        mapped: (mapping) => send({ type: 'mapped', mapping }),
        unmapping: (mapping) => send({ type: 'unmapping', mapping }),
      },
    });
    instance.start(this.#port);
    this.#loop = new DeviceLoop({ ring, fd, cpus: availableParallelism(), ...this.#handlersOf(instance) });
  }

  /** What captures say about the functions; with bus addresses once the device has been enumerated. */
  get maps(): DeviceMap[] {
    const address = { domain: this.created.domain, bus: BUS, device: DEVICE };
    return this.#instance.functions.map((_, fn) =>
      withBusAddresses(this.#instance.describe(fn, address), this.#configs[fn] as Uint8Array),
    );
  }

  plug(): void {
    this.#control.plug();
    this.#loop.start();
  }

  /** Starts the removal. */
  unplug(): void {
    this.#slot.send({ type: 'unplugging' });
    if (!this.#control.unplug()) this.#finish();
  }

  stop(): void {
    this.#loop.stop();
  }

  /** An exception outside of handlers, in a timer or promise of the device. */
  strayError(error: unknown, where: string): void {
    this.#port.deviceError(error, where);
  }

  /**
   * Lets new code take over if nothing but handlers are different; else returns false. If the new `setup` throws, the
   * old code starts again and the exception comes out of here.
   */
  replace(definition: DeviceDefinition, options: Readonly<Record<string, unknown>>): boolean {
    const next = new DeviceInstance(definition, options);
    if (!next.hasStructureOf(this.#instance)) return false;
    const before = this.#instance;
    try {
      this.#takeOver(next);
    } catch (error) {
      this.#takeOver(before.again());
      throw error;
    }
    return true;
  }

  #takeOver(next: DeviceInstance): void {
    const before = this.#instance;
    this.#instance = next;
    next.takeOver(before, this.#port);
    this.#loop.replace(this.#handlersOf(next));
  }

  #handlersOf(instance: DeviceInstance) {
    const { send } = this.#slot;
    const life: LifeCycle = {
      plugged: (errno) => send({ type: 'plugged', errno, maps: this.maps }),
      bound: (fn) => send({ type: 'bound', fn }),
      unbound: () => send({ type: 'event', event: { type: 'unbound' } }),
      reset: (kind) => send({ type: 'event', event: { type: 'reset', kind } }),
      unplugged: () => this.#finish(),
    };
    return { handle: recordHandler(instance, this.#port, life), device: instance };
  }

  #finish(): void {
    this.#loop.stop();
    this.#instance.stop();
    this.#port.errors.flush();
    this.#slot.send({ type: 'unplugged', stats: readStats(this.#slot.fd) });
    // The device may have left timers and sockets behind, which would keep the thread alive.
    setImmediate(() => process.exit());
  }

  #map(offset: number, length: number, what: string): ArrayBuffer {
    const mapping = mmap(this.#slot.fd, offset, length, what);
    this.#slot.send({ type: 'mapped', mapping });
    return viewOf(mapping);
  }
}
