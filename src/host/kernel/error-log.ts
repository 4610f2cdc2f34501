import { reportError } from './error-report.ts';
import type { KernelEvent } from './events.ts';

/** Reports each device error once, and counts how often it comes again: a handler may fail a million times. */
export class ErrorLog {
  readonly #emit: (event: KernelEvent) => void;
  readonly #seen = new Map<string, { where: string; message: string; count: number }>();

  constructor(emit: (event: KernelEvent) => void) {
    this.#emit = emit;
  }

  /** Returns the text of the report, or undefined if the error is known already. */
  add(error: unknown, where: string): string | undefined {
    const { message, location, stack } = reportError(error);
    const key = `${where}\n${location ?? message}`;
    const known = this.#seen.get(key);
    if (known) {
      known.count++;
      return undefined;
    }
    this.#seen.set(key, { where, message, count: 0 });
    this.#emit({ type: 'device-error', where, message, location, stack, fatal: false });
    return `${where}: ${message}${location === undefined ? '' : ` (${location})`}`;
  }

  /** Tells of the repetitions, at the end. */
  flush(): void {
    for (const { where, message, count } of this.#seen.values()) {
      if (count > 0) this.#emit({ type: 'device-error-repeated', where, message, count });
    }
    this.#seen.clear();
  }
}
