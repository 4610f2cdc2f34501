import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plug } from '@pciem/sdk/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadProxy } from '../load-proxy.ts';
import type { ProxySpec } from '../spec.ts';
import { ask, ControlClient, controlPath, runningProxies } from './client.ts';
import type { ControlReply, StoppedRead } from './protocol.ts';
import { parseStepCommand } from './step-prompt.ts';

let directory: string;
let control: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-control-'));
  control = controlPath(process.pid, directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const specWith = (parts: Partial<ProxySpec>): ProxySpec => ({
  behind: {
    shape: {
      name: 'sample',
      identity: { vendor: 1, device: 2, class: 0xff0000 },
      bars: [
        {
          index: 0,
          size: 4096,
          bits: 32,
          prefetchable: false,
          registers: [{ name: 'STATUS', offset: 4, width: 32, reset: 5, access: 'rw', fields: [] }],
        },
      ],
    },
  },
  dumps: [],
  rules: [],
  mode: 'hook',
  breaks: [],
  auto: false,
  explain: false,
  control,
  ...parts,
});

const hostWith = async (parts: Partial<ProxySpec>) => {
  const host = await plug(await loadProxy(specWith(parts)));
  await vi.waitFor(() => expect(existsSync(control)).toBe(true));
  return host;
};

function rulesFile(text: string): string {
  const file = join(directory, 'rules.yaml');
  writeFileSync(file, text);
  return file;
}

describe('a running proxy', () => {
  test('tells its mode and takes another one', async () => {
    const rules = rulesFile('rules: [{match: {register: STATUS}, answer: {value: 9}}]');
    const host = await hostWith({ rules: [rules] });
    expect(await runningProxies(directory)).toMatchObject([{ name: 'sample', mode: 'hook', path: control }]);
    expect(host.read32(0, 4)).toBe(9);
    await ask(control, { type: 'mode', mode: 'log' });
    expect(host.read32(0, 4)).toBe(5);
    await expect(ask(control, { type: 'mode', mode: 'loud' as never })).rejects.toThrow('not one of log, hook, step');
    host.close();
    expect(await runningProxies(directory)).toEqual([]);
  });

  test('reads its rules again, keeps its state, and survives mistakes in them', async () => {
    const rules = rulesFile('rules: [{name: a, match: {register: STATUS}, answer: {sequence: [1, 2, 3, 4]}}]');
    const host = await hostWith({ rules: [rules] });
    expect([host.read32(0, 4), host.read32(0, 4)]).toEqual([1, 2]);
    rulesFile('rules: [{name: a, match: {register: STATUS}, answer: {sequence: [10, 20, 30, 40]}}]');
    await ask(control, { type: 'reload' });
    expect(host.read32(0, 4)).toBe(30);
    rulesFile('rules: [{nom: a}]');
    await expect(ask(control, { type: 'reload' })).rejects.toThrow(/rules.yaml:1:\d+/);
    expect(host.read32(0, 4)).toBe(40);
    expect(host.logs.at(-1)?.text).toMatch(/rules.yaml:1:\d+/);
    host.close();
  });

  test('reads a changed script again by itself, and keeps its state', async () => {
    const script = join(directory, 'hooks.mjs');
    const write = (value: string) =>
      writeFileSync(
        script,
        `export function onRead(access, { state }) {
           state.count = (state.count ?? 0) + 1;
           if (access.register === 'STATUS') return ${value};
         }
         export function onWrite(access) { if (access.value === 7) return 'drop'; }`,
      );
    write('100 + state.count');
    const host = await hostWith({ script });
    expect(host.read32(0, 4)).toBe(101);
    host.write32(0, 8, 7);
    host.write32(0, 12, 8);
    expect([host.read32(0, 8), host.read32(0, 12)]).toEqual([0, 8]);
    await sleep(20);
    write('200 + state.count');
    const end = Date.now() + 3000;
    while (host.read32(0, 4) < 200 && Date.now() < end) await sleep(100);
    expect(host.read32(0, 4)).toBeGreaterThan(204);
    host.close();
  });
});

describe('step', () => {
  async function person(): Promise<{ client: ControlClient; next: () => Promise<StoppedRead> }> {
    const stops: StoppedRead[] = [];
    let wake = () => {};
    const client = await ControlClient.connect(control, (reply: ControlReply) => {
      if (reply.type === 'stopped') stops.push(reply);
      wake();
    });
    client.send({ type: 'attach' });
    const next = async () => {
      while (stops.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return stops.shift() as StoppedRead;
    };
    return { client, next };
  }

  test('stops at reads, and gives the answer that a person gives', async () => {
    const host = await hostWith({ mode: 'step' });
    const { client, next } = await person();
    const first = host.readLater(0, 4, 4, 5000);
    const stop = await next();
    expect(stop).toMatchObject({ register: 'STATUS', size: 4, value: 5, by: 'device' });
    client.send({ type: 'continue', id: stop.id, value: 0x77 });
    expect(await first).toBe(0x77n);
    const second = host.readLater(0, 4, 4, 5000);
    client.send({ type: 'continue', id: (await next()).id, skip: 2 });
    expect(await second).toBe(5n);
    expect([await host.readLater(0, 4, 4), await host.readLater(0, 8, 4)]).toEqual([5n, 0n]);
    const third = host.readLater(0, 4, 4, 5000);
    await next();
    await ask(control, { type: 'mode', mode: 'hook' });
    expect(await third).toBe(5n);
    client.close();
    host.close();
  });

  test('stops only where it was told to', async () => {
    const host = await hostWith({ mode: 'step', breaks: ['status'] });
    expect(host.read32(0, 8)).toBe(0);
    const { client, next } = await person();
    const read = host.readLater(0, 4, 4, 5000);
    client.send({ type: 'continue', id: (await next()).id });
    expect(await read).toBe(5n);
    client.close();
    host.close();
  });

  test.each([
    ['', { type: 'continue' }],
    ['0xFF', { type: 'continue', value: 255 }],
    ['12', { type: 'continue', value: 12 }],
    ['s 3', { type: 'continue', skip: 3 }],
    ['q', { type: 'quit' }],
    ['what', { type: 'help' }],
  ])('understands %j', (line, command) => {
    expect(parseStepCommand(line)).toEqual(command);
  });
});
