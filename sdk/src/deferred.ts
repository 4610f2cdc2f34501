/** How `ctx.defer()` takes a read out of the flow. */
export interface DeferOptions {
  /**
   * The driver waits for as long as it takes: there is no completion timeout for the device until the answer is given.
   * For answers that people give. A driver that may not sleep waits half a second at most all the same.
   */
  readonly patient?: boolean;
}

/**
 * The answer to a read, given later: a read handler gets it from `ctx.defer()`, returns it, and calls one of its
 * methods once. An answer that comes after the completion timeout is counted and dropped.
 */
export interface DeferredRead<V extends number | bigint = number | bigint> {
  /** Completes the read with the register's value. */
  complete(value: V): void;
  /** Completes the read without data, with Unsupported Request when no other of `CompletionStatus` is given. */
  fail(status?: number): void;
}
