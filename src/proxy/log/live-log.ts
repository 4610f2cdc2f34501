import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scanner } from '@pciem/capture';
import { AccessLog, type LogFormat } from './access-log.ts';
import type { LogEntry } from './entry.ts';
import { LogAnalysis } from './log-analysis.ts';

/** The log of a device while it runs: a tap writes a capture into a pipe, and this reads it. */
export class LiveLog {
  /** The pipe, for the tap. */
  readonly pipe: string;
  /** The driver's last access to a BAR. */
  lastAccess: LogEntry | undefined;
  readonly #directory: string;
  readonly #taken: Promise<void>;
  readonly #log: AccessLog;
  #hold: number | undefined;
  /** By register: who has read it last, and who wants to know. */
  readonly #readers = new Map<string, string>();
  readonly #asking = new Map<string, (reader: string) => void>();

  constructor(format: LogFormat, write: (text: string) => void) {
    this.#directory = mkdtempSync(join(tmpdir(), 'pciem-log-'));
    this.pipe = join(this.#directory, 'tap');
    this.#log = new AccessLog(format, write);
    execFileSync('mkfifo', ['-m', '600', this.pipe]);
    // Both ends: nobody waits for the other one to open it, and it ends when this is closed.
    this.#hold = openSync(this.pipe, 'r+');
    this.#taken = this.#take();
  }

  /** Tells who has read a register, once that is known; never, if the log does not say who makes accesses. */
  tellReader(register: string, tell: (reader: string) => void): void {
    const known = this.#readers.get(register);
    if (known === undefined) this.#asking.set(register, tell);
    else tell(known);
  }

  /** The tap is gone: writes what is left. */
  async end(): Promise<void> {
    if (this.#hold !== undefined) closeSync(this.#hold);
    this.#hold = undefined;
    await this.#taken;
    this.#log.end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #take(): Promise<void> {
    const scanner = new Scanner([new LogAnalysis((entry) => this.#push(entry))]);
    for await (const chunk of createReadStream(this.pipe, { highWaterMark: 1 << 20 })) scanner.push(chunk as Buffer);
  }

  #push(entry: LogEntry): void {
    if ((entry.kind === 'read' || entry.kind === 'write') && entry.space !== 'config') this.lastAccess = entry;
    if (entry.kind === 'read' && entry.caller !== undefined) {
      this.#readers.set(entry.name, entry.caller);
      this.#asking.get(entry.name)?.(entry.caller);
      this.#asking.delete(entry.name);
    }
    this.#log.push(entry);
  }
}
