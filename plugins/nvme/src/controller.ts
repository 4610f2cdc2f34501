import { Core, type CoreOptions } from './core.ts';
import { ringDoorbell } from './doorbells.ts';
import { Engine } from './engine.ts';
import { MAX_HIGH, MPS_MAX } from './limits.ts';
import type { Ports } from './ports.ts';
import { CompletionQueue, SubmissionQueue } from './queues.ts';
import { type Configuration, Csts, decodeConfiguration } from './registers.ts';

const TWO_32 = 0x1_0000_0000;

/**
 * The controller as its registers show it: configuration and status, shutdown, resets
 * (NVMe 1.4 §3.1.5, §3.1.6, §7.3, §7.6). Queues and commands are the engine's.
 */
export class Controller {
  readonly #ports: Ports;
  readonly #core: Core;
  readonly #engine: Engine;
  #configuration: Configuration = decodeConfiguration(0);
  #status = 0;
  /** Doorbells were written since the last `drained`. */
  #rung = false;

  constructor(ports: Ports, options: CoreOptions) {
    this.#ports = ports;
    this.#core = new Core(ports, options, (id, dword0) => this.#engine.completeEvent(id, dword0));
    this.#engine = new Engine(this.#core, (reason) => this.#fail(reason));
  }

  /** A write to CC. */
  configure(cc: number): void {
    const before = this.#configuration;
    const now = decodeConfiguration(cc);
    this.#configuration = now;
    this.#core.ioSqEntryShift = now.ioSqEntrySize;
    this.#core.ioCqEntryShift = now.ioCqEntrySize;
    if (now.enable && !before.enable) this.#enable(now);
    if (!now.enable && before.enable) this.#disable();
    if (now.shutdown !== 0 && before.shutdown === 0) this.#shutdown();
  }

  /** EN 0 to 1: takes the admin queues into use, or reports a fatal status if they cannot be (§7.6.1). */
  #enable(configuration: Configuration): void {
    const problem = this.#startAdminQueues(configuration);
    if (problem !== undefined) {
      this.#fail(`cannot be enabled: ${problem}`);
      return;
    }
    this.#setStatus(Csts.Ready);
    this.#engine.active = true;
  }

  #startAdminQueues({ commandSet, memoryPageSize, arbitration }: Configuration): string | undefined {
    if (commandSet !== 0) return `CC.CSS ${commandSet} is not the NVM command set`;
    if (memoryPageSize > MPS_MAX) return `CC.MPS ${memoryPageSize} is above CAP.MPSMAX ${MPS_MAX}`;
    if (arbitration !== 0) return `CC.AMS ${arbitration} is not round robin`;
    const { registers } = this.#ports;
    const attributes = registers.adminQueueAttributes();
    const submissionSize = (attributes & 0xfff) + 1;
    const completionSize = ((attributes >>> 16) & 0xfff) + 1;
    if (submissionSize < 2 || completionSize < 2) return 'AQA.ASQS and AQA.ACQS must be 1 or more';
    const pageSize = 0x1000 << memoryPageSize;
    const asq = registers.adminSubmissionQueue();
    const acq = registers.adminCompletionQueue();
    if (!validBase(asq, pageSize)) return 'ASQ is not the address of a memory page';
    if (!validBase(acq, pageSize)) return 'ACQ is not the address of a memory page';

    this.#core.pageSize = pageSize;
    const completion = new CompletionQueue(0, address(acq), completionSize, 0, true);
    this.#core.queues.addCompletion(completion);
    this.#core.queues.addSubmission(new SubmissionQueue(0, address(asq), submissionSize, completion));
    return undefined;
  }

  /** EN 1 to 0, controller reset: all queues are gone; AQA, ASQ and ACQ keep their values (§7.3.2). */
  #disable(): void {
    this.#engine.active = false;
    this.#core.reset();
    this.#setStatus(0);
  }

  /** CC.SHN normal or abrupt: what the volatile write cache holds reaches the medium (§7.6.2). */
  #shutdown(): void {
    this.#engine.active = false;
    this.#flush();
    this.#setStatus(this.#status | Csts.ShutdownComplete);
  }

  #flush(): void {
    for (const { store, id } of this.#core.namespaces) {
      try {
        store.flush();
      } catch (error) {
        this.#core.health.mediaErrors++;
        this.#ports.warn(`namespace ${id} cannot be flushed: ${(error as Error).message}`);
      }
    }
  }

  #fail(reason: string): void {
    this.#engine.active = false;
    this.#ports.warn(`controller fatal status: ${reason}`);
    this.#setStatus(this.#status | Csts.Fatal);
  }

  #setStatus(csts: number): void {
    this.#status = csts;
    this.#ports.registers.setStatus(csts);
  }

  /** A write to a doorbell, `offset` from the first one. Undefined unless the controller is ready: ignored. */
  ring(offset: number, value: number): void {
    if (!this.#engine.active) return;
    this.#rung = true;
    ringDoorbell(this.#core, offset, value);
  }

  /** All doorbells that have been rung are known: the commands of all of them are carried out together. */
  drained(): void {
    const rung = this.#rung;
    this.#rung = false;
    if (rung) this.#engine.rung();
    if (this.#engine.pending) this.#engine.run();
    else if (rung) this.#engine.deliverEvents();
  }

  /** Commands wait that no doorbell tells of. */
  get pending(): boolean {
    return this.#engine.pending;
  }

  /** Nobody looks at `pending` until the next write. */
  idle(): void {
    this.#engine.idle();
  }

  /** A write to INTMS or INTMC (§3.1.3, §3.1.4): both read as the mask. */
  maskInterrupts(set: number, clear: number): void {
    const { interrupts } = this.#core;
    interrupts.mask = ((interrupts.mask | set) & ~clear) >>> 0;
    this.#ports.registers.setInterruptMask(interrupts.mask);
  }

  /** A reset of the function: registers go back to their reset values as well. */
  reset(): void {
    this.#configuration = decodeConfiguration(0);
    this.#disable();
  }

  /** The device leaves the bus. */
  close(): void {
    this.reset();
    for (const { store } of this.#core.namespaces) store.close();
  }
}

function validBase([low, high]: readonly [number, number], pageSize: number): boolean {
  return (low & (pageSize - 1)) === 0 && high < MAX_HIGH && (low !== 0 || high !== 0);
}

function address([low, high]: readonly [number, number]): number {
  return high * TWO_32 + low;
}
