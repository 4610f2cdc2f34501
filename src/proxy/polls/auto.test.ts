import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plug, type SimHost } from '@pciem/sdk/testing';
import { describe, expect, test } from 'vitest';
import { proxyDevice } from '../core/proxy-device.ts';
import type { ModelSession } from '../core/source.ts';
import { parseRules, RuleSource } from '../rules/rule-source.ts';
import { blankDevice } from '../testing/blank.ts';
import { AutoAnswers } from './auto-answers.ts';
import { PollWatch, stuckRegister } from './poll-watch.ts';

const blank = blankDevice('blank', { vendor: 1, device: 2, class: 0xff0000 }, [
  { index: 0, size: 4096, bits: 32, prefetchable: false },
]);

async function auto(file?: string): Promise<SimHost> {
  const models = (session: ModelSession) => [new AutoAnswers(session, file)];
  return plug(proxyDevice(blank, { unmapped: 0 }, { mode: 'hook', hooks: () => [], models, explain: false }));
}

/** What a driver does: reads until it is content, a limited number of times. */
function poll(host: SimHost, offset: number, content: (value: number) => boolean, limit = 1000): number {
  for (let reads = 1; reads <= limit; reads++) if (content(host.read32(0, offset))) return reads;
  return 0;
}

/** A driver that resets the device as AHCI's does, and waits for it to be ready in two ways. */
function probe(host: SimHost): string {
  host.write32(0, 4, 0x8000_0001);
  if (!poll(host, 4, (value) => (value & 1) === 0)) return 'reset failed';
  host.write32(0, 8, 0x55);
  if (!poll(host, 12, (value) => (value & 0x400) !== 0)) return 'not ready';
  host.write32(0, 8, 0x66);
  if (!poll(host, 12, (value) => (value & 0x400) === 0)) return 'not stopped';
  let before = host.read32(0, 16);
  let ticks = 0;
  const ticking = (value: number) => {
    ticks = value === before + 1 ? ticks + 1 : 0;
    before = value;
    return ticks === 3;
  };
  if (!poll(host, 16, ticking)) return 'the counter stands';
  host.write32(0, 20, 0x77);
  if (!poll(host, 24, (value) => value === 0x77)) return 'no echo';
  host.write32(0, 28, 1);
  return 'bound';
}

describe('auto', () => {
  test('brings a driver through waits of every kind, and again without delay', async () => {
    const host = await auto();
    expect(probe(host)).toBe('bound');
    const start = host.logs.length;
    expect(probe(host)).toBe('bound');
    expect(host.logs.slice(start)).toEqual([]);
  });

  test('writes rules that do the same alone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pciem-auto-'));
    const file = join(directory, 'found.yaml');
    expect(probe(await auto(file))).toBe('bound');
    const rules = parseRules(file, readFileSync(file, 'utf8'));
    expect(rules.rules.map(({ answer }) => Object.keys(answer ?? {}))).toEqual([
      ['value'],
      ['value', 'increment'],
      ['set'],
      ['clear'],
    ]);
    const hooks = (session: ModelSession) => [new RuleSource(rules, session)];
    const host = await plug(proxyDevice(blank, { unmapped: 0 }, { mode: 'hook', hooks, explain: false }));
    host.write32(0, 4, 0x8000_0001);
    expect(poll(host, 4, (value) => (value & 1) === 0, 3)).toBe(1);
    expect(probe(host)).toBe('bound');
    rmSync(directory, { recursive: true });
  });

  test('leaves a driver alone that gets on', async () => {
    const host = await auto();
    for (let i = 0; i < 100; i++) {
      host.write32(0, 0, i);
      expect(host.read32(0, 0)).toBe(i);
      expect(host.read32(0, 4)).toBe(0);
    }
    expect(host.logs).toEqual([]);
  });

  test('sees sooner that a driver is stuck which sleeps between reads', async () => {
    const host = await auto();
    let reads = 0;
    while (host.read32(0, 0) === 0 && reads++ < 20) await sleep(2);
    expect(reads).toBeLessThan(12);
  });
});

test('without auto a stuck driver is told of once, with a rule', async () => {
  const observers = (session: ModelSession) => [new PollWatch(session)];
  const host = await plug(
    proxyDevice(blank, { unmapped: 0 }, { mode: 'hook', hooks: () => [], observers, explain: false }),
  );
  host.write32(0, 4, 1);
  expect(poll(host, 4, (value) => value === 0)).toBe(0);
  expect(host.logs).toHaveLength(1);
  expect(host.logs[0]?.text).toMatch(
    /^the driver is stuck: 16 reads of BAR 0 \+0x4 in .* after it wrote 0x1 to BAR 0 \+0x4/,
  );
  const [{ text } = { text: '' }] = host.logs;
  expect(text).toContain('give 0x1 each time. It may wait for bit 0 clear');
  expect(text).toContain('answer: {clear: 1}');
  expect(stuckRegister(text)).toBe('BAR 0 +0x4');
});

test('bits that vary are told of, and what was tried in vain', async () => {
  let reads = 0;
  const hooks = () => [{ read: () => ({ value: 0x100 | (++reads & 6), by: 'a counter' }) }];
  const observers = (session: ModelSession) => [new PollWatch(session)];
  const parts = { mode: 'hook', hooks, observers, explain: false } as const;
  const host = await plug(proxyDevice(blank, { unmapped: 0 }, parts));
  poll(host, 8, () => false, 100);
  expect(host.logs[0]?.text).toContain('reads of BAR 0 +0x8 in');
  expect(host.logs[0]?.text).toContain(' vary in bits 0x6 only. ');

  const hopeless = await auto();
  poll(hopeless, 8, () => false, 300);
  const last = hopeless.logs.at(-1)?.text ?? '';
  expect(last).toContain('nothing helps with BAR 0 +0x8, neither bits 0xffffffff set, bits 0x0 clear, a counter');
  expect(stuckRegister(hopeless.logs[0]?.text ?? '')).toBe('BAR 0 +0x8');
});

test('a driver that gives up and comes again gets on in the end', async () => {
  const host = await auto();
  let attempts = 0;
  for (; attempts < 20; attempts++) {
    host.write32(0, 4, 1);
    if (poll(host, 8, (value) => (value & 0x8000) !== 0, 24)) break;
    // It cleans up, which is no success.
    host.write32(0, 12, attempts);
  }
  expect(attempts).toBeGreaterThan(0);
  expect(attempts).toBeLessThan(20);
  host.write32(0, 16, 1);
  host.write32(0, 4, 1);
  expect(poll(host, 8, (value) => (value & 0x8000) !== 0, 2)).toBe(1);
});
