import { type Command, NO_LOCATION } from './command.ts';
import { pack } from './data/fields.ts';
import { ERROR_LOG_ENTRIES } from './limits.ts';
import { statusField } from './status.ts';

/** Bytes of an entry. */
const ENTRY_SIZE = 64;
/** Transport Type: PCIe has none to report. */
const NO_ID = 0xffff;

/** Error Information log page, 01h, newest entry first (NVMe 1.4 §5.14.1.1). */
export class ErrorLog {
  readonly #entries: Uint8Array[] = [];
  #count = 0;

  /** Errors since the device was made. */
  get count(): number {
    return this.#count;
  }

  /** A command ended with an error. `lba` is of I/O commands. */
  add(command: Command): void {
    this.#insert(command.queue.id, command.id, command.status, command.errorLocation, command.lba, command.nsid);
  }

  /** An error that belongs to no command, such as a wrong doorbell write. */
  addUnrelated(queue: number): void {
    this.#insert(queue, NO_ID, 0, NO_LOCATION, 0, 0);
  }

  #insert(queue: number, id: number, status: number, location: number, lba: number, nsid: number): void {
    this.#count++;
    this.#entries.unshift(
      pack(ENTRY_SIZE, [
        [0, 8, 'Error Count', this.#count],
        [8, 2, 'Submission Queue ID', queue],
        [10, 2, 'Command ID', id],
        [12, 2, 'Status Field', statusField(status, true)],
        [14, 2, 'Parameter Error Location', location],
        [16, 8, 'LBA', lba],
        [24, 4, 'Namespace', nsid],
      ]),
    );
    this.#entries.length = Math.min(this.#entries.length, ERROR_LOG_ENTRIES);
  }

  page(): Uint8Array {
    const page = new Uint8Array(ERROR_LOG_ENTRIES * ENTRY_SIZE);
    this.#entries.forEach((entry, i) => {
      page.set(entry, i * ENTRY_SIZE);
    });
    return page;
  }
}
