import type { DirectMemory } from './backing/store.ts';
import type { Command } from './command.ts';
import { DmaBatch } from './dma-batch.ts';
import { MAX_TRANSFER } from './limits.ts';
import type { DmaPort } from './ports.ts';
import { Status } from './status.ts';

const STAGING_SIZE = 4 * MAX_TRANSFER;

const failed = (command: Command) => command.fail(Status.DataTransferError);

/** Moves the data of commands over the bus, those of a whole batch in one DMA call. */
export class Transfers {
  readonly #data: DmaBatch<Command>;
  readonly #lists: DmaBatch<Command>;
  readonly #staging = new Uint8Array(STAGING_SIZE);
  #staged = 0;

  constructor(port: DmaPort) {
    this.#data = new DmaBatch(port, failed);
    this.#lists = new DmaBatch(port, failed);
  }

  /** Reads the PRP lists of commands `from` to `to`, all of them a step at a time. */
  resolve(commands: readonly Command[], from: number, to: number): void {
    while (this.#gather(commands, from, to)) {
      this.#lists.run();
      for (let i = from; i < to; i++) {
        const command = commands[i] as Command;
        if (command.status === Status.Success && command.pointer.missing > 0) {
          command.status = command.pointer.advance();
        }
      }
    }
  }

  #gather(commands: readonly Command[], from: number, to: number): boolean {
    let any = false;
    for (let i = from; i < to; i++) {
      const command = commands[i] as Command;
      const { pointer } = command;
      if (command.status !== Status.Success || pointer.missing === 0) continue;
      const { listBytes, fetchOffset, fetchLength } = pointer;
      this.#lists.add(command, pointer.fetchAddress, listBytes, fetchOffset, fetchLength, false);
      any = true;
    }
    return any;
  }

  /** Whether `length` more bytes fit into the controller's own buffer; if not, `run` first. */
  fits(length: number): boolean {
    return this.#staging.length - this.#staged >= length;
  }

  /** Room in the controller's own buffer, free again after `run`. */
  stage(length: number): Uint8Array {
    const start = this.#staged;
    this.#staged += length;
    return this.#staging.subarray(start, start + length);
  }

  /** Between the command's memory and a buffer of its length. */
  add(command: Command, buffer: Uint8Array, toHost: boolean): void {
    const { pointer } = command;
    let position = 0;
    for (pointer.rewind(); pointer.next(); position += pointer.segmentLength) {
      this.#data.add(command, pointer.segmentAddress, buffer, position, pointer.segmentLength, toHost);
    }
  }

  /** Between the command's memory and that of a store, from the command's offset on. */
  addDirect(command: Command, memory: DirectMemory, toHost: boolean): void {
    const { pointer } = command;
    const { chunkSize } = memory;
    let { offset } = command;
    for (pointer.rewind(); pointer.next(); ) {
      for (let done = 0; done < pointer.segmentLength; ) {
        const chunk = memory.chunk(Math.floor(offset / chunkSize), !toHost);
        const start = offset % chunkSize;
        const length = Math.min(pointer.segmentLength - done, chunkSize - start);
        this.#data.add(command, pointer.segmentAddress + done, chunk, start, length, toHost);
        done += length;
        offset += length;
      }
    }
  }

  /** Carries out what was added; commands whose memory refused get Data Transfer Error. */
  run(): void {
    this.#data.run();
    this.#staged = 0;
  }
}
