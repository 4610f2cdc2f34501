import { describe, expect, it } from 'vitest';
import { Spinner } from './spinner.ts';

const never = { pending: false };
const always = { pending: true };

function rest(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
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

  it('never looks on a machine with one CPU', () => {
    const spinner = new Spinner(1);
    for (let i = 0; i < 10; i++) {
      spinner.wait(never);
      spinner.woken();
    }
    expect(spinner.wait(always)).toBe(false);
  });
});
