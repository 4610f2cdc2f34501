import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Spinner } from './spinner.ts';

const never = { pending: false };
const always = { pending: true };

/** Time as the test has it: on a busy machine the real one stands still for longer than any gap. */
let time = 0;
const MICROSECOND = 0.001;

beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => {
    time += MICROSECOND;
    return time;
  });
});
afterEach(() => vi.restoreAllMocks());

function rest(ms: number): void {
  time += ms;
}

describe('Spinner', () => {
  it('does not look at first, nor when records come seldom', () => {
    const spinner = new Spinner(2);
    for (let i = 0; i < 10; i++) {
      expect(spinner.window).toBe(0);
      expect(spinner.wait(always)).toBe(false);
      rest(0.5);
      spinner.woken();
    }
  });

  it('looks once records come soon after each other, and finds them', () => {
    const spinner = new Spinner(2);
    for (let i = 0; i < 10; i++) {
      spinner.wait(never);
      spinner.woken();
    }
    expect(spinner.window).toBeGreaterThan(0);
    expect(spinner.wait(always)).toBe(true);
    const start = performance.now();
    expect(spinner.wait(never)).toBe(false);
    expect(performance.now() - start).toBeLessThan(5);
  });

  it('knows whether records come soon after each other', () => {
    const spinner = new Spinner(1);
    expect(spinner.isBusy).toBe(false);
    for (let i = 0; i < 10; i++) {
      spinner.wait(never);
      spinner.woken();
    }
    expect(spinner.isBusy).toBe(true);
    for (let i = 0; i < 3; i++) {
      spinner.wait(never);
      rest(100);
      spinner.woken();
    }
    expect(spinner.isBusy).toBe(false);
  });

  it('never looks on a machine with one CPU', () => {
    const spinner = new Spinner(1);
    for (let i = 0; i < 10; i++) {
      spinner.wait(never);
      spinner.woken();
    }
    expect(spinner.wait(always)).toBe(false);
  });
});
