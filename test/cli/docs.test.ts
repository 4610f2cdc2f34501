import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { convert } from '../../capture/src/testing/capture.ts';
import { nvmeMap } from '../../capture/src/testing/nvme-session.ts';
import { packageRoot } from '../../src/paths.ts';
import { session } from './analyze-helpers.ts';
import { followPage, readPage } from './guide.ts';
import { pciem } from './pciem.ts';

// Processes take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

// The guide pages are followed as a reader would; what needs a virtual machine is in test/vm/tutorial.test.ts.

const GUIDES = ['first-device', 'registers', 'dma', 'interrupts', 'testing', 'ci', 'publishing'];

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'pciem-docs-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

// Once in thousands of times a Node 24 does not end: its main thread waits in pthread_join() for a thread of V8, which
// waits for work. It was npm, in `pciem plugins install`, that was seen to.
const patience = { timeout: 60_000, retry: 1 };

test.each(GUIDES)('docs/%s.md can be followed', patience, async (name) => {
  const folder = mkdtempSync(join(directory, `${name}-`));
  const env = { XDG_CACHE_HOME: join(directory, 'cache') };
  await followPage(`docs/${name}.md`, join(folder, 'reader'), { vm: false, home: join(folder, 'home'), env });
});

test('docs/export.md can be followed', async () => {
  const folder = join(directory, 'export');
  mkdirSync(folder);
  writeFileSync(join(folder, 'nvme.pcapng'), convert(session, { maps: [nvmeMap] }));
  await followPage('docs/export.md', folder, { vm: false, home: join(directory, 'export-home') });
});

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'sdk/README.md',
  ...readdirSync(join(packageRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(packageRoot, 'plugins')).map((name) => `plugins/${name}/README.md`),
].filter((page) => existsSync(join(packageRoot, page)));

describe('every page', () => {
  test.each(pages)('%s links to files that are there', (page) => {
    const text = readFileSync(join(packageRoot, page), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => !existsSync(join(packageRoot, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  test.each(pages)('%s names commands and flags that are there', (page) => {
    const text = readFileSync(join(packageRoot, page), 'utf8');
    const problems = commandsIn(text).flatMap((line) => {
      const problem = problemOf(line);
      return problem === undefined ? [] : [`${line}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });
});

/** Command lines of pciem, without what comes after `--` or another command of the shell. */
function commandsIn(text: string): string[] {
  const lines = [...text.matchAll(/(?:^|[`\s(])pciem ((?:[a-z][a-z-]*)(?: [^\n`|;#]*)?)/g)];
  return lines
    .filter(([whole]) => !/^\s*pciem: /.test(whole))
    .map(([, line = '']) => (line.split(/ -- | > |, | && /)[0] as string).trim());
}

interface Manifest {
  commands: Record<string, { flags: Record<string, { char?: string }>; aliases: string[] }>;
}
const manifest = JSON.parse(readFileSync(join(packageRoot, 'oclif.manifest.json'), 'utf8')) as Manifest;

/** Only what is written as code counts: prose goes on after the name of a command. */
function problemOf(line: string): string | undefined {
  const [first = '', second = ''] = line.split(' ');
  const command =
    manifest.commands[`${first}:${second}`] ??
    Object.values(manifest.commands).find(({ aliases }) => aliases.includes(`${first}:${second}`)) ??
    manifest.commands[first];
  if (command === undefined) return undefined;
  const known = Object.entries(command.flags).flatMap(([name, { char }]) => [
    `--${name}`,
    ...(char ? [`-${char}`] : []),
  ]);
  const used = line.match(/(?<= )--[a-z][a-z-]*/g) ?? [];
  const unknown = used.find((flag) => !known.includes(flag) && flag !== '--help' && flag !== '--version');
  return unknown === undefined ? undefined : `there is no ${unknown}`;
}

test('commands of the pages exist', () => {
  const topics = new Set(Object.keys(manifest.commands).flatMap((id) => [id, id.split(':')[0] as string]));
  for (const page of pages) {
    for (const block of readPage(page).filter(({ language }) => language === 'sh')) {
      for (const line of commandsIn(block.code)) expect(topics, `${page}:${block.line}`).toContain(line.split(' ')[0]);
    }
  }
});

test('the workflow for GitHub is one, and its commands are there', () => {
  const block = readPage('docs/ci.md').find(({ language }) => language === 'yaml');
  const workflow = parse(block?.code ?? '') as { jobs: { test: { steps: { run?: string; uses?: string }[] } } };
  const runs = workflow.jobs.test.steps.flatMap(({ run }) => run ?? []);
  expect(runs).toContain('pciem doctor --for vm');
  for (const line of runs.flatMap(commandsIn)) {
    expect(manifest.commands).toHaveProperty([line.split(' ')[0] as string]);
    expect(problemOf(line)).toBeUndefined();
  }
});

test('the device of the README is the example, which is tested', () => {
  const [block] = readPage('README.md').filter(({ language }) => language === 'ts');
  const example = readFileSync(join(packageRoot, 'examples/hello.ts'), 'utf8');
  expect(example.slice(example.indexOf('import'))).toBe(block?.code);
});

test('the exit codes are those that the page says', () => {
  expect(pciem('no-such-command').status).toBe(2);
  expect(pciem('devices', '--no-such-flag').status).toBe(2);
  expect(pciem('devices', 'show', 'none').status).toBe(2);
  expect(pciem('devices').status).toBe(0);
});
