import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { siblingModule } from '../../sibling-module.ts';
import { type Mapping, munmap } from './syscalls.ts';

/** Milliseconds that a thread has to end by itself: force costs the whole process if it hits a call of native code. */
const GRACE = 500;

interface WorkerEnd {
  /** Exit code of the thread; 0 when it ended by itself. */
  readonly code: number;
  /** Why it crashed. */
  readonly error: Error | undefined;
}

/** What the thread has mapped, and what it is about to unmap itself. */
interface MappingMessage {
  readonly type: 'mapped' | 'unmapping';
  readonly mapping: Mapping;
}

/** A worker keeps compiled code where this thread does only if its environment says so. */
function workerEnv(): NodeJS.ProcessEnv {
  const directory = getCompileCacheDir();
  // Node has added a directory of its version to the one that it was given.
  return directory === undefined ? process.env : { ...process.env, NODE_COMPILE_CACHE: dirname(directory) };
}

/** A worker thread that maps kernel memory, and what has to be done after its end. */
export class MappingWorker<ToWorker, FromWorker extends { readonly type: string }> {
  /** Resolves when the thread is gone and its mappings are gone with it. */
  readonly ended: Promise<WorkerEnd>;
  readonly #worker: Worker;
  /** By address. */
  readonly #mappings = new Map<number, Mapping>();

  /** `module`: name of a module in this directory, without its extension. */
  constructor(module: string, workerData: unknown, onMessage: (message: FromWorker) => void) {
    this.#worker = new Worker(siblingModule(module, import.meta.url), { workerData, env: workerEnv() });
    let error: Error | undefined;
    this.#worker.on('error', (reason) => {
      error = reason instanceof Error ? reason : new Error(String(reason));
    });
    this.#worker.on('message', (message: FromWorker | MappingMessage) => {
      if (!('mapping' in message)) onMessage(message);
      else if (message.type === 'mapped') this.#mappings.set(message.mapping.address, message.mapping);
      else this.#mappings.delete(message.mapping.address);
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#unmap();
        resolve({ code, error });
      });
    });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /**
   * Stops the thread, also in an endless loop of the device: by `exit` if it listens to that within `grace`
   * milliseconds, else by force.
   */
  async stop(exit: ToWorker, grace = GRACE): Promise<void> {
    this.post(exit);
    const ended = this.ended.then(() => true);
    if (!(await Promise.race([ended, setTimeout(grace, false, { ref: false })]))) await this.#worker.terminate();
    await this.ended;
  }

  /** The kernel takes a mapping for a user of the endpoint: only without it does closing the file remove the device. */
  #unmap(): void {
    for (const mapping of this.#mappings.values()) munmap(mapping);
    this.#mappings.clear();
  }
}
