import { closeSync } from 'node:fs';
import type { DeviceMap } from '@pciem/capture';
import { Failure } from '../../errors.ts';
import type { KernelEvent } from './events.ts';
import { openModule } from './open-module.ts';
import type { CaptureWorkerData, FromCaptureWorker, ToCaptureWorker } from './protocol.ts';
import { MappingWorker } from './worker-thread.ts';

const RING_BYTES = 64 * 1024 * 1024;

/** A capture that runs: a tap of the endpoint, and the worker that writes what it tells. */
export class Capture {
  readonly #worker: MappingWorker<ToCaptureWorker, FromCaptureWorker>;
  readonly #fd: number;
  readonly #file: string;
  readonly #emit: (event: KernelEvent) => void;
  readonly #attached = Promise.withResolvers<void>();
  #state: 'starting' | 'running' | 'ended' = 'starting';

  /** Resolves when the tap is attached: everything from then on is captured. */
  static async start(options: {
    endpoint: number;
    file: string;
    maps: readonly DeviceMap[];
    emit: (event: KernelEvent) => void;
  }): Promise<Capture> {
    const capture = new Capture(options);
    await capture.#attached.promise;
    return capture;
  }

  private constructor(options: {
    endpoint: number;
    file: string;
    maps: readonly DeviceMap[];
    emit: (event: KernelEvent) => void;
  }) {
    const { endpoint, file, maps } = options;
    this.#file = file;
    this.#emit = options.emit;
    this.#fd = openModule();
    const data: CaptureWorkerData = { fd: this.#fd, endpoint, file, maps, ringBytes: RING_BYTES };
    this.#worker = new MappingWorker('capture-worker', data, (message: FromCaptureWorker) => this.#take(message));
    this.#worker.ended.then(({ error }) => {
      closeSync(this.#fd);
      this.#fail(error?.message ?? 'its worker ended');
    });
  }

  /** Takes what is still in the ring and completes the file. */
  async finish(): Promise<void> {
    this.#worker.post('finish');
    await this.#worker.ended;
  }

  #take(message: FromCaptureWorker): void {
    switch (message.type) {
      case 'attached':
        this.#state = 'running';
        this.#attached.resolve();
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
