import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { npmPack, Person, writePlugin } from './plugin-package.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

let directory: string;
let person: Person;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-completion-'));
  person = new Person(join(directory, 'home'));
  const tarball = await npmPack(writePlugin(join(directory, 'blink')), directory);
  expect(await person.pciem('plugins', 'install', tarball)).toMatchObject({ status: 0 });
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What bash offers for the last word. */
function complete(...words: string[]): string[] {
  const functions = join(person.home, '.cache/pciem/autocomplete/functions/bash/pciem.bash');
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `source ${functions}; COMP_WORDS=(pciem ${list}); COMP_CWORD=${words.length}
    complete -p pciem >&2; $(complete -p pciem | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: person.home });
  expect(stderr).toMatch(/^complete -o default -F /);
  // bash shows each once.
  return [...new Set(stdout.trim().split('\n'))];
}

test('devices, of installed plugins too', () => {
  expect(complete('run', '')).toEqual(expect.arrayContaining(['nvme', 'blink']));
  expect(complete('run', 'bl')).toEqual(['blink']);
  expect(complete('devices', 'show', 'wat')).toEqual(['watchdog']);
});

test('commands and flags', () => {
  expect(complete('dev')).toEqual(['devices']);
  expect(complete('devices', 'sh')).toEqual(['show']);
  expect(complete('run', '--cap')).toEqual(['--capture']);
});

test('zsh is told of the devices, too', () => {
  const script = readFileSync(join(person.home, '.cache/pciem/autocomplete/functions/zsh/_pciem'), 'utf8');
  expect(script).toMatch(/\nrun\)\n_arguments -S [\s\S]*?"1: :\{compadd -- blink [^}]*nvme/);
});

test.each([
  [['devcies'], 'Did you mean devices?'],
  [['plugins', 'instal'], 'Did you mean plugins install?'],
  [['nvme'], 'It is a device: pciem run nvme'],
])('%j is no command: what was meant', async (args, message) => {
  const { status, stderr } = await person.pciem(...args);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});
