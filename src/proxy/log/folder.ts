import type { LogEntry } from './entry.ts';

/** The longest loop of a driver that is recognised, in accesses. */
const MAX_PERIOD = 4;

/** Lines that say the same again and again. */
export interface Repetition {
  /** How many lines before this one are repeated, */
  lines: number;
  /** how often besides the time that was shown, */
  times: number;
  /** and for how long, nanoseconds. */
  duration: number;
}

/**
 * Folds what a driver does over and over while it polls: the first round is shown, further ones are counted. What is
 * shown and what is folded add up to every entry.
 */
export class Folder {
  readonly #show: (entry: LogEntry) => void;
  readonly #showRepetition: (repetition: Repetition) => void;
  /** Keys of the last entries that were shown, oldest first. */
  readonly #shown: string[] = [];
  /** Entries of a round that is not over. */
  #round: LogEntry[] = [];
  #period = 0;
  #times = 0;
  #start = 0;
  #end = 0;
  #lastTime = 0;

  constructor(show: (entry: LogEntry) => void, showRepetition: (repetition: Repetition) => void) {
    this.#show = show;
    this.#showRepetition = showRepetition;
  }

  push(entry: LogEntry): void {
    const key = keyOf(entry);
    if (this.#period > 0 && key === this.#expected()) {
      this.#fold(entry);
      return;
    }
    this.flush();
    this.#period = this.#periodFor(key);
    if (this.#period === 0) {
      this.#emit(entry, key);
      return;
    }
    this.#start = this.#lastTime;
    this.#fold(entry);
  }

  /** Says what has been folded so far. */
  flush(): void {
    const round = this.#round;
    if (this.#times > 0) {
      this.#showRepetition({ lines: this.#period, times: this.#times, duration: this.#end - this.#start });
    }
    this.#round = [];
    this.#times = 0;
    this.#period = 0;
    for (const entry of round) this.#emit(entry, keyOf(entry));
  }

  #fold(entry: LogEntry): void {
    this.#round.push(entry);
    this.#lastTime = entry.time;
    if (this.#round.length < this.#period) return;
    this.#times++;
    this.#end = entry.time;
    this.#round = [];
  }

  #expected(): string | undefined {
    return this.#shown.at(this.#round.length - this.#period);
  }

  #periodFor(key: string): number {
    for (let period = 1; period <= MAX_PERIOD; period++) if (this.#shown.at(-period) === key) return period;
    return 0;
  }

  #emit(entry: LogEntry, key: string): void {
    this.#show(entry);
    this.#lastTime = entry.time;
    this.#shown.push(key);
    if (this.#shown.length > MAX_PERIOD) this.#shown.shift();
  }
}

function keyOf({ kind, name, value = '', result = '', caller = '' }: LogEntry): string {
  return `${kind} ${name} ${value} ${result} ${caller}`;
}
