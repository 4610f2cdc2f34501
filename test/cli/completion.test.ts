import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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

const hasZsh = spawnSync('zsh', ['--version']).status === 0;

/** A zsh at a terminal of its own, where a tab is typed behind a line; returns what is on the screen then. */
function typeInZsh(line: string): string {
  // What is typed before zsh waits for it at its prompt is lost.
  const script = `
    zmodload zsh/zpty
    zpty z zsh -f -i
    zpty -w z "autoload -Uz compinit; fpath=($1 \\$fpath); compinit -u -D; LISTMAX=1000; PS1=AT''HAND"
    zpty -r z before '*ATHAND'
    zpty -w -n z "$2"$'\\t'
    zpty -w -n z $'\\C-u'"echo do''ne"$'\\n'
    zpty -r z screen '*done*'
    print -r -- "$screen"`;
  const functions = join(person.home, '.cache/pciem/autocomplete/functions/zsh');
  const { stdout } = spawnSync('zsh', ['-f', '-c', script, 'zsh', functions, line], {
    encoding: 'utf8',
    cwd: person.home,
    env: { PATH: process.env.PATH, HOME: person.home },
    timeout: 20_000,
  });
  return stdout;
}

test.runIf(hasZsh).each([
  ['pciem run bli', 'pciem run blink '],
  ['pciem run ', 'endpoint-test'],
  ['pciem devices show wat', 'pciem devices show watchdog '],
  ['pciem dev', 'pciem devices '],
  ['pciem devices sh', 'pciem devices show '],
  ['pciem run --cap', 'pciem run --capture '],
])('zsh completes %s', (line, completed) => {
  expect(typeInZsh(line)).toContain(completed);
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
