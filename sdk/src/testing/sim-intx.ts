/** The interrupt line of a function, as the interrupt controller sees it, and those who wait for it. */
export class SimIntx {
  #level = false;
  readonly #waiters = new Set<() => void>();

  get level(): boolean {
    return this.#level;
  }

  set level(level: boolean) {
    this.#level = level;
    if (!level) return;
    for (const resolve of this.#waiters) resolve();
    this.#waiters.clear();
  }

  /** Resolves when the line is asserted, at once if it is; rejects after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#level) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const asserted = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(asserted);
        reject(new Error(`INTx was not asserted within ${ms} ms`));
      }, ms);
      this.#waiters.add(asserted);
    });
  }
}
