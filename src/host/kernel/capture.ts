import { closeSync } from 'node:fs';
import type { DeviceMap } from '@pciem/capture';
import { Failure } from '../../errors.ts';
import type { CaptureSettings } from './capture-settings.ts';
import type { KernelEvent } from './events.ts';
import { openModule } from './open-module.ts';
import type { CaptureWorkerData, FromCaptureWorker, ToCaptureWorker } from './protocol.ts';
import { MappingWorker } from './worker-thread.ts';

const RING_BYTES = 128 * 1024 * 1024;

/** A capture that runs: a tap of the endpoint, and the worker that writes what it tells. */
export class Capture {
  readonly #worker: MappingWorker<ToCaptureWorker, FromCaptureWorker>;
  readonly #fd: number;
  readonly #file: string;
  readonly #emit: (event: KernelEvent) => void;
  readonly #attached = Promise.withResolvers<void>();
  readonly #unplugged = Promise.withResolvers<void>();
  #state: 'starting' | 'running' | 'ended' = 'starting';

  /**
   * Starts the worker, which takes its time to load. `pace`: the device's DMA waits when the capture cannot keep up, so
   * that nothing is lost. Throws a Failure without a usable module.
   */
  constructor(
    file: string,
    emit: (event: KernelEvent) => void,
    { pace = false, settings = {} }: { pace?: boolean; settings?: CaptureSettings } = {},
  ) {
    this.#file = file;
    this.#emit = emit;
    this.#fd = openModule();
    const data: CaptureWorkerData = { fd: this.#fd, file, ringBytes: RING_BYTES, pace, settings };
    this.#worker = new MappingWorker('capture-worker', data, (message: FromCaptureWorker) => this.#take(message));
    this.#worker.ended.then(({ error }) => {
      closeSync(this.#fd);
      if (this.#state !== 'ended') this.#fail(error?.message ?? 'its worker ended');
    });
    this.#attached.promise.catch(() => {});
  }

  /** Resolves when the tap is attached: everything from then on is captured. */
  attach(endpoint: number, maps: readonly DeviceMap[]): Promise<void> {
    this.#worker.post({ type: 'attach', endpoint, maps });
    return this.#attached.promise;
  }

  /** Resolves when the unplugging of the device has been taken: nothing follows. Never, if that event is lost. */
  get unplugged(): Promise<void> {
    return this.#unplugged.promise;
  }

  /** Takes what is still in the ring and completes the file. */
  async finish(): Promise<void> {
    this.#worker.post({ type: 'finish' });
    await this.#worker.ended;
  }

  #take(message: FromCaptureWorker): void {
    switch (message.type) {
      case 'attached':
        this.#state = 'running';
        this.#attached.resolve();
        break;
      case 'unplugged':
        this.#unplugged.resolve();
        break;
      case 'failed':
        this.#fail(message.message);
        break;
      case 'finished': {
        const { delivered, lost } = message;
        this.#state = 'ended';
        this.#emit({ type: 'captured', file: this.#file, delivered, lost });
        break;
      }
    }
  }

  /** Before the tap is attached this ends the start; later it is an event, as the device goes on without it. */
  #fail(message: string): void {
    if (this.#state === 'running') this.#emit({ type: 'capture-failed', file: this.#file, message });
    this.#state = 'ended';
    this.#attached.reject(new Failure(`The capture to ${this.#file} cannot be started: ${message}`));
  }
}
