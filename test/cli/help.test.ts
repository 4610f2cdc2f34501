import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { packageRoot } from '../../src/paths.ts';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

interface Manifest {
  commands: Record<string, { summary?: string; examples?: unknown[]; hidden?: boolean }>;
}
const { commands } = JSON.parse(readFileSync(join(packageRoot, 'oclif.manifest.json'), 'utf8')) as Manifest;

test.each(Object.keys(commands))('%s has a summary and examples', (id) => {
  expect(commands[id]?.summary).toMatch(/^[A-Z].*\.$/);
  expect(commands[id]?.examples?.length).toBeGreaterThan(0);
});

test('descriptions are broken where the terminal ends, not where the source does', () => {
  expect(pciem('new', '--help').stdout).toContain(
    'all that it takes to build\n  it. It can be run as it is; then make it',
  );
});

test('help of all commands fits 80 columns', () => {
  for (const words of [[], ...['run', 'devices', 'plugins', 'plugins install', 'lspci'].map((id) => id.split(' '))]) {
    const { status, stdout } = pciem(...words, '--help');
    expect(status).toBe(0);
    // The first line is the summary, which oclif does not wrap; nor does it wrap command lines.
    const [, ...lines] = stdout.split('\n');
    expect(lines.filter((line) => line.length > 80 && !line.includes('$ pciem'))).toEqual([]);
  }
});
