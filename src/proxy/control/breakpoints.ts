import type { Stepper } from '../core/proxy.ts';
import type { Answer, ModelAccess } from '../core/source.ts';
import type { StoppedRead } from './protocol.ts';

/** Holds reads until a person has answered them. */
export class Breakpoints implements Stepper {
  /** Told of each stop. */
  onStop: (read: StoppedRead) => void = () => {};
  readonly #registers: readonly string[];
  readonly #waiting: { read: StoppedRead; answer: Answer; resolve: (answer: Answer) => void }[] = [];
  #count = 0;
  #skip = 0;

  /** `registers`: names of those to stop at; all when empty. */
  constructor(registers: readonly string[]) {
    this.#registers = registers.map((name) => name.toLowerCase());
  }

  /** The read that has waited longest. */
  get current(): StoppedRead | undefined {
    return this.#waiting[0]?.read;
  }

  stop({ register, bar, offset, size }: ModelAccess, answer: Answer): Promise<Answer> | undefined {
    if (this.#registers.length > 0 && !this.#registers.includes(register.toLowerCase())) return undefined;
    if (this.#skip > 0) {
      this.#skip--;
      return undefined;
    }
    const { value, by } = answer;
    const read = { id: ++this.#count, register, bar, offset, size, by, ...(value === undefined ? {} : { value }) };
    return new Promise((resolve) => {
      this.#waiting.push({ read, answer, resolve });
      if (this.#waiting.length === 1) this.onStop(read);
    });
  }

  /** Goes on with a stopped read; false if it is not the one that is stopped. */
  resume(id: number, value: number | undefined, skip = 0): boolean {
    const [first] = this.#waiting;
    if (first?.read.id !== id) return false;
    this.#waiting.shift();
    this.#skip = skip;
    first.resolve(value === undefined ? first.answer : { value, by: 'a person' });
    while (this.#skip > 0 && this.#waiting.length > 0) {
      const next = this.#waiting.shift();
      this.#skip--;
      next?.resolve(next.answer);
    }
    if (this.current) this.onStop(this.current);
    return true;
  }

  /** Nobody is asked any more. */
  release(): void {
    for (const { answer, resolve } of this.#waiting.splice(0)) resolve(answer);
  }
}
