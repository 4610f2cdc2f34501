import { ok, strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarize } from '@pciem/capture';
import { type Block, readPage } from '../../cli/guide.ts';
import { type CliRun, pciem, root, start } from './cli.ts';
import { type Disk, diskOf, plugDisk, readDisk, waitFor } from './disks.ts';

/** What would be in the windows of Wireshark. */
const WINDOWS = 'windows.txt';
/** What those print that go on until somebody ends them: pciem, and tshark with its first packet. */
const GOES_ON = /Ctrl-C (ends|unplugs) it|Device map/;
/** Seconds: everything is slow where the processor is emulated. */
const PATIENCE = 240;

/** A line of a page, in the terminal that it was typed into. */
interface Terminal {
  readonly where: string;
  readonly line: string;
  readonly run: CliRun;
}

/** Every line of the `sh live` blocks of the pages is typed as it is, and does what the page says. */
export async function livePagesWork(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'pciem-live-'));
  try {
    writePrograms(directory);
    const windows = () => readFileSync(join(directory, WINDOWS), 'utf8');

    // The page on captures comes after the other one, and that one opens what this one has captured.
    await runToEnd('install');
    await follow('docs/capture.md', directory);
    await runToEnd('uninstall');
    strictEqual((await summarize(join(directory, 'nvme.pcapng'))).lost, 0);
    const ring = readdirSync(directory).filter((name) => /^ring_00001_\d+\.pcapng\.gz$/.test(name));
    strictEqual((await summarize(join(directory, ring[0] ?? 'ring_00001'))).skippedBytes, 0);
    ok(windows().includes('Device map'), windows().slice(-2000));

    rmSync(join(directory, WINDOWS));
    await follow('docs/wireshark.md', directory);
    // It was opened, and nobody waits for it.
    await waitFor(
      () => windows().includes('Device map'),
      PATIENCE,
      () => windows().slice(-2000),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runToEnd(command: 'install' | 'uninstall'): Promise<void> {
  const run = pciem('wireshark', command);
  strictEqual(await run.ended, 0, run.output());
}

/** What is on the reader's PATH. There is no display: tshark shows what would be in a window. */
function writePrograms(directory: string): void {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  const write = (name: string, script: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const tshark = execFileSync('sh', ['-c', 'command -v tshark'], { encoding: 'utf8' }).trim();
  write('pciem', `exec ${process.execPath} ${join(root, 'bin/run.js')} "$@"`);
  // Prints each packet at once only at a terminal, or with -l, and -G has to be its first argument.
  write('tshark', `case $1 in -G | -v | --version) exec ${tshark} "$@" ;; esac\nexec ${tshark} -l "$@"`);
  // -k: captures without being asked to in the window.
  write('wireshark', `[ "$1" = -k ] && shift\nexec tshark "$@" >>${join(directory, WINDOWS)} 2>&1`);
}

/** The page's live blocks in order; only what takes back an installation comes last, as the reader goes on. */
async function follow(page: string, directory: string): Promise<void> {
  const blocks = readPage(page).filter(({ mode }) => mode === 'live');
  ok(blocks.length > 0, `${page} has no live block`);
  const last: [string, string][] = [];
  for (const block of blocks) {
    const lines = linesOf(page, block);
    await followLines(
      lines.filter(([, line]) => !isUndoing(line)),
      directory,
    );
    last.push(...lines.filter(([, line]) => isUndoing(line)));
  }
  await followLines(last, directory);
}

function linesOf(page: string, { code, line: first }: Block): [where: string, line: string][] {
  const lines = code.trim().split('\n');
  return lines.map((line, n) => [`${page}:${first + n}`, line]);
}

function isUndoing(line: string): boolean {
  return /^pciem wireshark uninstall\b/.test(line);
}

/** Types each line into a terminal of its own while those before it go on, until Ctrl-C ends them all. */
async function followLines(lines: readonly [where: string, line: string][], directory: string): Promise<void> {
  const disks: Disk[] = [];
  const terminals: Terminal[] = [];
  for (const [where, line] of lines) {
    while (disks.length < devicesFor(line)) disks.push(await plugDisk());
    const terminal = type(where, withAddresses(line, disks), directory);
    if (!(await goesOn(terminal))) {
      await checkEnd(terminal, disks, terminals);
    } else if (line.startsWith('pciem run')) {
      readDisk((await diskOf(terminal.run)).path);
      await end(terminal);
    } else {
      terminals.push(terminal);
    }
    for (const { path } of disks) readDisk(path);
  }
  for (const terminal of terminals) await end(terminal);
  for (const { run } of disks) {
    run.child.kill('SIGINT');
    strictEqual(await run.ended, 0, run.output());
  }
  const marks = lines.flatMap(([, line]) => /^pciem mark "(.*?)"/.exec(line)?.[1] ?? []);
  for (const { where, line } of terminals) {
    const file = /-w (\S+\.pcapng)/.exec(line)?.[1];
    if (file === undefined) continue;
    const text = readFileSync(join(directory, file), 'latin1');
    for (const mark of marks) ok(text.includes(mark), `${where}: no mark "${mark}" in ${file}`);
    ok((await summarize(join(directory, file))).requests > 0, `${where}: nothing in ${file}`);
  }
}

/** How many devices of other terminals the line is about. */
function devicesFor(line: string): number {
  const addresses = [...line.matchAll(/\b1f00(\d):/g)].map(([, domain]) => Number(domain) + 1);
  return Math.max(0, ...addresses, /^pciem (capture|mark) /.test(line) ? 1 : 0);
}

/** Other devices may have had the numbers of the page. And this is the virtual machine already. */
function withAddresses(line: string, disks: readonly Disk[]): string {
  return line
    .replaceAll(/\b1f00(\d):00:00\.0/g, (_, domain: string) => disks[Number(domain)]?.address ?? '')
    .replace(/^(pciem run .*?) --vm /, '$1 ');
}

function type(where: string, line: string, directory: string): Terminal {
  const env = { ...process.env, PATH: `${directory}/bin:${process.env.PATH}` };
  // bash: an error of the first one of a pipeline counts.
  return { where, line, run: start('bash', ['-o', 'pipefail', '-c', line], { cwd: directory, env }) };
}

/** Waits until the command has ended, or has come to where it goes on until it is ended: true. */
async function goesOn({ where, run }: Terminal): Promise<boolean> {
  let ended = false;
  void run.ended.then(() => {
    ended = true;
  });
  await waitFor(
    () => ended || GOES_ON.test(run.output()),
    PATIENCE,
    () => `${where} does nothing: ${run.output()}`,
  );
  return !ended;
}

/** What ends by itself has succeeded, and has been seen by those that go on. */
async function checkEnd(
  { where, line, run }: Terminal,
  disks: readonly Disk[],
  terminals: readonly Terminal[],
): Promise<void> {
  strictEqual(await run.ended, 0, `${where}: ${run.output()}`);
  if (line.startsWith('pciem capture --list')) {
    for (const { address } of disks) ok(run.output().includes(address), `${where}: ${run.output()}`);
  }
  const mark = /^pciem mark "(.*?)"/.exec(line)?.[1];
  if (mark === undefined) return;
  for (const other of terminals.filter(({ line }) => line.includes('tshark'))) {
    await waitFor(
      () => other.run.output().includes(mark),
      PATIENCE,
      () => `${other.where} does not show the mark of ${where}: ${other.run.output()}`,
    );
  }
}

/** Ctrl-C for what the line has started first: the rest of a pipeline ends when nothing comes any more. */
async function end({ where, run }: Terminal): Promise<void> {
  const { pid } = run.child;
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  // A line of one command is that command: the shell has made way.
  process.kill(Number(first || pid), 'SIGINT');
  strictEqual(await run.ended, 0, `${where}: ${run.output()}`);
}
