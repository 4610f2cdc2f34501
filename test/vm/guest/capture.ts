import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { summarize } from '@pciem/capture';
import { pciem, share } from './cli.ts';

const address = '1f000:00:00.0';
/** What one look at the disk reads, one by one. */
const BLOCKS = 8;

/** A device that runs already is found from another terminal, captured, and seen live by tshark. */
export async function capturesRunningDevices(): Promise<void> {
  const list = () => pciem('capture', '--list');
  const none = list();
  strictEqual(await none.ended, 0, none.output());
  strictEqual(none.output(), '');

  const run = pciem('run', 'nvme');
  await run.sees('Ctrl-C unplugs it', 120);
  await waitFor(() => existsSync('/dev/nvme0n1'), 60, 'no /dev/nvme0n1');
  const one = list();
  strictEqual(await one.ended, 0, one.output());
  strictEqual(one.output(), `${address}  nvme\n`);

  await writesAFile();
  await stopsAtItsTrigger();
  await mergesTwo();
  await feedsTshark();
  await survivesItsReader();
  await survivesItsDevice();
  await endsWithTheDevice(run.child);
  strictEqual(await run.ended, 0, run.output());
  const after = list();
  strictEqual(await after.ended, 0);
  strictEqual(after.output(), '');
}

/** From the attaching on, whatever happened before; Ctrl-C completes the file. */
async function writesAFile(): Promise<void> {
  const file = join(share, 'live.pcapng');
  const capture = pciem('capture', '-i', address, '-w', file);
  await capture.sees('Ctrl-C ends it', 60);
  readDisk();
  const mark = pciem('mark', 'a mark from outside');
  strictEqual(await mark.ended, 0, mark.output());
  await sleep(500);
  capture.child.kill('SIGINT');
  strictEqual(await capture.ended, 0, capture.output());
  // In the record and in its comment.
  strictEqual(readFileSync(file, 'latin1').split('a mark from outside').length - 1, 2);
  const { requests, completed, lost, skippedBytes, functions } = await summarize(file);
  // Each of the reads was fetched, and rang two doorbells.
  ok(requests >= BLOCKS, `${requests} requests`);
  strictEqual(completed, requests);
  strictEqual(lost + skippedBytes, 0);
  ok((functions[0]?.doorbells ?? 0) >= 2 * BLOCKS, 'doorbells');
}

/** Filtered, compressed, and ended by what it sees. */
async function stopsAtItsTrigger(): Promise<void> {
  const file = join(share, 'trigger.pcapng.gz');
  const capture = pciem(
    ...['capture', '-w', file, '--filter', 'register=doorbell'],
    ...['--stop-when', 'register="SQ*TDBL"', '--after', '4'],
  );
  await capture.sees('Ctrl-C ends it', 60);
  readDisk();
  strictEqual(await capture.ended, 0, capture.output());
  const plain = join(share, 'trigger.pcapng');
  writeFileSync(plain, gunzipSync(readFileSync(file)));
  const { types, functions } = await summarize(plain);
  deepStrictEqual(
    types.filter(({ name }) => name !== 'Device map' && name !== 'Mark').map(({ name, count }) => `${count} ${name}`),
    ['5 MWr'],
  );
  strictEqual(functions[0]?.doorbells, 5);
}

/** Two devices in one capture, through a pipe; the second one comes and goes. */
async function mergesTwo(): Promise<void> {
  const second = pciem('run', 'nvme');
  await second.sees('Ctrl-C unplugs it', 120);
  await waitFor(() => existsSync('/dev/nvme1n1'), 60, 'no /dev/nvme1n1');
  const file = join(share, 'two.pcapng');
  const capture = pciem('capture', '-i', address, '-i', '1f001:00:00.0', '-w', file);
  await capture.sees('Ctrl-C ends it', 60);
  readDisk();
  readDisk('/dev/nvme1n1');
  second.child.kill('SIGINT');
  strictEqual(await second.ended, 0, second.output());
  readDisk();
  capture.child.kill('SIGINT');
  strictEqual(await capture.ended, 0, capture.output());
  const { functions, lost, skippedBytes } = await summarize(file);
  strictEqual(lost + skippedBytes, 0);
  strictEqual(functions.length, 2);
  const doorbells = (of: string) => functions.find((fn) => fn.address === of)?.doorbells ?? 0;
  ok(doorbells(address) >= 4 * BLOCKS, `${doorbells(address)} doorbells of the first`);
  ok(doorbells('1f001:00:00.0') >= 2 * BLOCKS, `${doorbells('1f001:00:00.0')} doorbells of the second`);
}

/** As an interface of tshark: packets come while traffic goes on, within a second. */
async function feedsTshark(): Promise<void> {
  const installed = pciem('wireshark', 'install');
  strictEqual(await installed.ended, 0, installed.output());
  const interfaces = execFileSync('tshark', ['-D'], { encoding: 'utf8' });
  ok(interfaces.includes(`pciem-${address}`), interfaces);
  const tshark = spawn('tshark', ['-l', '-n', '-i', `pciem-${address}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let first = 0;
  for (const stream of [tshark.stdout, tshark.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (first === 0 && output.includes('doorbell')) first = performance.now();
    });
  }
  await waitFor(
    () => output.includes('Device map'),
    30,
    () => `no device map from tshark: ${output}`,
  );
  const start = performance.now();
  readDisk();
  await waitFor(
    () => first > 0,
    10,
    () => `no doorbell from tshark: ${output}`,
  );
  const delay = first - start;
  console.log(`tshark shows the first doorbell after ${delay.toFixed(0)} ms`);
  // An emulated CPU takes its time to dissect.
  ok(delay < 3000, `the first doorbell after ${delay} ms`);
  tshark.kill('SIGINT');
  await ended(tshark);
  await waitFor(() => !isRunning('extcap/main.js'), 10, 'the live source still runs');
}

/** Killing whoever reads ends the capture, and nothing else. */
async function survivesItsReader(): Promise<void> {
  const tshark = spawn('tshark', ['-q', '-n', '-i', `pciem-${address}`], { stdio: 'ignore' });
  await waitFor(() => isRunning('extcap/main.js'), 30, 'no live source');
  await sleep(2000);
  tshark.kill('SIGKILL');
  await ended(tshark);
  for (let i = 0; i < 20 && isRunning('extcap/main.js'); i++) {
    readDisk();
    await sleep(500);
  }
  ok(!isRunning('extcap/main.js'), 'the live source outlives its reader');
  readDisk();
}

/** The device is killed while tshark looks on: the capture ends in order, and nothing else does. */
async function survivesItsDevice(): Promise<void> {
  const victim = pciem('run', 'nvme');
  await victim.sees('Ctrl-C unplugs it', 120);
  await waitFor(() => existsSync('/dev/nvme1n1'), 60, 'no /dev/nvme1n1');
  const tshark = spawn('tshark', ['-l', '-n', '-i', 'pciem-1f001:00:00.0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  tshark.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await waitFor(
    () => output.includes('Device map'),
    30,
    () => `no device map from tshark: ${output}`,
  );
  victim.child.kill('SIGKILL');
  await victim.ended;
  await Promise.race([
    ended(tshark),
    sleep(20_000).then(() => {
      throw new Error(`tshark goes on without its device: ${output}`);
    }),
  ]);
  strictEqual(tshark.exitCode, 0, output);
  readDisk();
}

/** The device goes: the capture is complete and ends by itself. */
async function endsWithTheDevice(device: ChildProcess): Promise<void> {
  const file = join(share, 'gone.pcapng');
  const capture = pciem('capture', '-w', file);
  await capture.sees('Ctrl-C ends it', 60);
  device.kill('SIGINT');
  strictEqual(await capture.ended, 0, capture.output());
  const { types, lost } = await summarize(file);
  strictEqual(lost, 0);
  ok(
    types.some(({ name }) => /unplug/i.test(name)),
    JSON.stringify(types),
  );
}

function readDisk(disk = '/dev/nvme0n1'): void {
  execFileSync('dd', [`if=${disk}`, 'of=/dev/null', 'bs=4k', `count=${BLOCKS}`, 'iflag=direct'], {
    stdio: 'ignore',
  });
}

function isRunning(pattern: string): boolean {
  try {
    execFileSync('pgrep', ['-f', pattern]);
    return true;
  } catch {
    return false;
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

async function waitFor(isTrue: () => boolean, seconds: number, complaint: string | (() => string)): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(typeof complaint === 'string' ? complaint : complaint());
    await sleep(100);
  }
}
