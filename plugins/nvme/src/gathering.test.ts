import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Gathering } from './gathering.ts';

let gathering: Gathering;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  gathering = new Gathering();
});

afterEach(() => {
  vi.useRealTimers();
});

/** How many of `depth` commands, one every 20 us, are taken together. */
function batchOf(depth: number): number {
  for (let count = 1; ; count = Math.min(count + 1, depth)) {
    if (gathering.isEnough(count)) {
      gathering.fetched(count);
      return count;
    }
    vi.advanceTimersByTime(0.02);
  }
}

describe('Gathering', () => {
  it('waits for half of the commands that a host has on their way', () => {
    const batches = Array.from({ length: 2000 }, () => batchOf(8));
    expect(Math.max(...batches)).toBe(8);
    const late = batches.slice(1000);
    expect(late.filter((count) => count >= 4).length).toBeGreaterThan(900);
    expect(late.filter((count) => count > 5).length).toBeLessThan(20);
  });

  it('waits for 16 at most, but for a probe', () => {
    const batches = Array.from({ length: 2000 }, () => batchOf(1000));
    expect(batches.filter((count) => count > 16)).toEqual(Array(7).fill(32));
    expect(batches.slice(1000).filter((count) => count < 16)).toEqual([]);
  });

  it('hardly ever waits when there is one command at a time', () => {
    let waited = 0;
    for (let i = 0; i < 10_000; i++) {
      if (!gathering.isEnough(1)) {
        waited++;
        while (!gathering.isEnough(1)) vi.advanceTimersByTime(0.01);
      }
      gathering.fetched(1);
      vi.advanceTimersByTime(0.1);
    }
    expect(waited).toBeGreaterThan(0);
    expect(waited).toBeLessThan(50);
  });

  it('lets go what waits when it has to, and that only', () => {
    for (let i = 0; i < 500; i++) batchOf(1000);
    expect(gathering.isEnough(1)).toBe(false);
    gathering.release();
    expect(gathering.isEnough(1)).toBe(true);
    gathering.fetched(1);
    expect(gathering.isEnough(1)).toBe(false);
  });

  it('does not wait after a batch that took long', () => {
    for (let i = 0; i < 500; i++) batchOf(1000);
    gathering.done(1);
    expect(gathering.isEnough(1)).toBe(true);
  });
});
