import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sendChanges } from './mirror.ts';
import { type Reloadable, watchRuns } from './watch.ts';

let directory: string;
const stops: (() => void)[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-watch-'));
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  rmSync(directory, { recursive: true });
});

function file(name: string, contents = ''): string {
  const path = join(directory, name);
  writeFileSync(path, contents);
  return path;
}

class Run implements Reloadable {
  files: string[];
  since = performance.now();
  reloads = 0;
  running = 0;
  /** The end of a reload that takes longer. */
  held: Promise<void> | undefined;

  constructor(...files: string[]) {
    this.files = files;
  }

  async reload(since: number): Promise<void> {
    expect(since).toBeGreaterThan(this.since);
    this.since = since;
    this.running++;
    expect(this.running).toBe(1);
    await (this.held ?? sleep(100));
    this.running--;
    this.reloads++;
  }
}

test('only the device whose file has changed is loaded again', async () => {
  const [one, two] = [
    new Run(file('one.ts'), file('shared.ts')),
    new Run(file('two.ts'), join(directory, 'shared.ts')),
  ];
  stops.push(await watchRuns([one, two]));
  file('one.ts', 'changed');
  await vi.waitFor(() => expect(one.reloads).toBe(1));
  expect(two.reloads).toBe(0);
  file('shared.ts', 'changed');
  await vi.waitFor(() => expect([one.reloads, two.reloads]).toEqual([2, 1]));
  file('other.ts', 'new');
  await sleep(150);
  expect([one.reloads, two.reloads]).toEqual([2, 1]);
});

test('a file that is replaced by another one, as editors do it, counts once', async () => {
  const run = new Run(file('one.ts'));
  stops.push(await watchRuns([run]));
  renameSync(file('.one.ts.swp', 'new'), join(directory, 'one.ts'));
  await vi.waitFor(() => expect(run.reloads).toBe(1));
  await sleep(150);
  expect(run.reloads).toBe(1);
});

test('files that the new code imports are watched too', async () => {
  const run = new Run(file('one.ts'));
  const other = file('other.ts');
  stops.push(await watchRuns([run]));
  run.files.push(other);
  file('one.ts', 'import other');
  await vi.waitFor(() => expect(run.reloads).toBe(1));
  file('other.ts', 'changed');
  await vi.waitFor(() => expect(run.reloads).toBe(2));
});

test('changes while a device is being loaded lead to one more load', async () => {
  const run = new Run(file('one.ts'));
  const { promise, resolve } = Promise.withResolvers<void>();
  run.held = promise;
  stops.push(await watchRuns([run]));
  file('one.ts', '1');
  await vi.waitFor(() => expect(run.running).toBe(1));
  file('one.ts', '22');
  await sleep(50);
  resolve();
  await vi.waitFor(() => expect(run.reloads).toBe(2));
  await sleep(150);
  expect(run.reloads).toBe(2);
});

test('a virtual machine gets the files that change on its host', async () => {
  const path = file('one.ts', 'old');
  const share = join(directory, 'share');
  const stopSending = sendChanges([path], share);
  file('one.ts', 'const x = "ä";');
  await sleep(150);
  stopSending();
  file('one.ts', 'old');
  const run = new Run(path);
  stops.push(await watchRuns([run], share));
  await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toBe('const x = "ä";'));
  await vi.waitFor(() => expect(run.reloads).toBe(1));
});
