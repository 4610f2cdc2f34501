import type { SimHost } from '@pciem/sdk/testing';
import { plug } from '@pciem/sdk/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import watchdog from './watchdog.ts';

const CONFIG = 0x60;
const LOCK = 0x68;
const PRELOAD1 = 0x00;
const PRELOAD2 = 0x04;
const STATUS = 0x08;
const RELOAD = 0x0c;

let host: SimHost;

beforeEach(async () => {
  vi.useFakeTimers();
  host = await plug(watchdog);
});

afterEach(() => {
  host.close();
  vi.useRealTimers();
});

function unlock(): void {
  host.write16(0, RELOAD, 0x80);
  host.write16(0, RELOAD, 0x86);
}

/** As the driver does it: both timers the same, in units of 2^15 clocks of 33 MHz, just under a millisecond. */
function setTimers(ticks: number): void {
  for (const register of [PRELOAD1, PRELOAD2]) {
    unlock();
    host.write32(0, register, ticks);
  }
  ping();
}

function ping(): void {
  unlock();
  host.write16(0, RELOAD, 0x100);
}

const errors = () => host.logs.filter(({ level }) => level === 'error').map(({ text }) => text);

it('runs out in two steps', () => {
  host.writeConfig16(CONFIG, 0x0003);
  setTimers(1024);
  host.writeConfig8(LOCK, 0x02);
  vi.advanceTimersByTime(1005);
  expect([host.read32(0, STATUS), host.read16(0, RELOAD)]).toEqual([0, 0]);
  vi.advanceTimersByTime(2);
  expect([host.read32(0, STATUS), host.intx, errors()]).toEqual([1, false, []]);
  vi.advanceTimersByTime(1008);
  expect(host.read16(0, RELOAD)).toBe(0x200);
  expect(errors()).toEqual(['timed out: a real one would reset the system now']);
  // The reason of the reset stays until the driver has seen it.
  unlock();
  host.write16(0, RELOAD, 0x300);
  expect(host.read16(0, RELOAD)).toBe(0);
});

it('does not run out while it is pinged, nor when it is stopped', () => {
  setTimers(1024);
  host.writeConfig8(LOCK, 0x02);
  for (let n = 0; n < 10; n++) {
    vi.advanceTimersByTime(900);
    ping();
  }
  expect(host.read32(0, STATUS)).toBe(0);
  host.writeConfig8(LOCK, 0x00);
  vi.advanceTimersByTime(10_000);
  expect([host.read32(0, STATUS), host.readConfig8(LOCK)]).toEqual([0, 0]);
});

it('warns by interrupt', () => {
  setTimers(16);
  host.writeConfig8(LOCK, 0x02);
  vi.advanceTimersByTime(17);
  expect(host.intx).toBe(true);
  host.write32(0, STATUS, 1);
  expect([host.intx, host.read32(0, STATUS)]).toEqual([false, 0]);
});

it('takes protected writes only once after each unlocking', () => {
  host.write32(0, PRELOAD1, 5);
  expect(host.read32(0, PRELOAD1)).toBe(0xf_ffff);
  unlock();
  host.write32(0, PRELOAD1, 0x1234_5678);
  host.write32(0, PRELOAD1, 6);
  expect(host.read32(0, PRELOAD1)).toBe(0x4_5678);
  host.write16(0, RELOAD, 0x86);
  host.write16(0, RELOAD, 0x80);
  host.write32(0, PRELOAD1, 7);
  expect(host.read32(0, PRELOAD1)).toBe(0x4_5678);
});

it('cannot be stopped when it is locked, but by a reset', () => {
  setTimers(1024);
  host.writeConfig8(LOCK, 0x03);
  host.writeConfig8(LOCK, 0x00);
  expect(host.readConfig8(LOCK)).toBe(0x03);
  vi.advanceTimersByTime(1100);
  host.reset();
  vi.advanceTimersByTime(1_000_000);
  expect([host.readConfig8(LOCK), errors()]).toEqual([0, []]);
});

it('counts in other units, and only free-running it starts over', () => {
  host.writeConfig16(CONFIG, 0x0007);
  setTimers(0x8000);
  host.writeConfig8(LOCK, 0x06);
  vi.advanceTimersByTime(32);
  expect(host.read32(0, STATUS)).toBe(1);
  host.write32(0, STATUS, 1);
  vi.advanceTimersByTime(32);
  expect([host.read32(0, STATUS), host.read16(0, RELOAD)]).toEqual([1, 0]);
});

it('says so when its output is disabled', () => {
  host.writeConfig16(CONFIG, 0x0023);
  setTimers(16);
  host.writeConfig8(LOCK, 0x02);
  vi.advanceTimersByTime(40);
  expect(host.logs).toEqual([{ level: 'warn', text: 'timed out, with its output disabled' }]);
});
