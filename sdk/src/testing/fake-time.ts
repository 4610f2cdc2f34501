import { mock } from 'node:test';

/** Time that passes only when a test says so. */
export interface FakeTime extends Disposable {
  /** Lets so many milliseconds pass: timers that are due fire, in order. */
  advance(milliseconds: number): void;
  /** Back to real time. */
  restore(): void;
}

/**
 * From now on timers (`setTimeout`, `setInterval`, `setImmediate`) and `Date` stand still, for devices that are plugged
 * afterwards as well as for the test: `using time = fakeTime()`.
 */
export function fakeTime(now = 0): FakeTime {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now });
  const restore = () => mock.timers.reset();
  return { advance: (milliseconds) => mock.timers.tick(milliseconds), restore, [Symbol.dispose]: restore };
}
