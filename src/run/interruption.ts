import type { RunningCommand } from './command.ts';

/** The user's wish to stop: SIGINT, SIGTERM or SIGHUP. */
export class Interruption {
  /** Resolves at the first one. */
  readonly first: Promise<void>;
  #happened = false;
  #command: RunningCommand | undefined;
  readonly #signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  readonly #listener: (signal: NodeJS.Signals) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    this.#listener = (signal) => {
      this.#happened = true;
      resolve();
      // The terminal sends Ctrl-C to the command as well; anything else is for us alone to pass on.
      if (signal !== 'SIGINT') this.#command?.kill(signal);
    };
    for (const signal of this.#signals) process.on(signal, this.#listener);
  }

  get happened(): boolean {
    return this.#happened;
  }

  /** From now on the command decides what a signal means. */
  forwardTo(command: RunningCommand): void {
    this.#command = command;
  }

  stop(): void {
    for (const signal of this.#signals) process.off(signal, this.#listener);
  }
}
