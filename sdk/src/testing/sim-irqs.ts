interface Waiter {
  readonly vector: number;
  readonly resolve: () => void;
}

/** Interrupt messages that have arrived, and those who wait for one. */
export class SimIrqs {
  /** Vectors in the order of their arrival. */
  readonly arrived: number[] = [];
  readonly #waiters: Waiter[] = [];
  /** By vector: how many arrivals `wait` has handed out. */
  readonly #taken = new Map<number, number>();

  deliver(vector: number): void {
    this.arrived.push(vector);
    const index = this.#waiters.findIndex((waiter) => waiter.vector === vector);
    if (index >= 0) this.#waiters.splice(index, 1)[0]?.resolve();
  }

  /** The next interrupt of a vector that no earlier call has got, which may have arrived already. */
  wait(vector: number, ms: number): Promise<void> {
    const taken = this.#taken.get(vector) ?? 0;
    this.#taken.set(vector, taken + 1);
    if (this.arrived.filter((arrived) => arrived === vector).length > taken) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter = { vector, resolve: () => done(resolve) };
      const timer = setTimeout(() => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        this.#taken.set(vector, (this.#taken.get(vector) ?? 1) - 1);
        reject(new Error(`no interrupt on vector ${vector} within ${ms} ms`));
      }, ms);
      const done = (finish: () => void) => {
        clearTimeout(timer);
        finish();
      };
      this.#waiters.push(waiter);
    });
  }
}
