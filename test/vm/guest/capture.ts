import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from '@pciem/capture';
import { runningDevices } from '../../../src/run/registry.ts';
import { type CliRun, pciem, root, share } from './cli.ts';
import { BLOCKS, type Disk, plugDisk, readDisk, waitFor } from './disks.ts';

const ATTACHED = 'Ctrl-C ends it';

interface DeviceList {
  devices: { address: string; name: string }[];
}

/** Devices that run already are found from another terminal, captured, and seen live by tshark. */
export async function capturesRunningDevices(): Promise<void> {
  const installed = pciem('wireshark', 'install');
  const [one, two] = await Promise.all([plugDisk(), plugDisk()]);
  strictEqual(await installed.ended, 0, installed.output());

  // Two processors: what waits for its start lets others start.
  await Promise.all([listsDevices(one, two), writesAFile(one), stopsAtItsTrigger(one), rotatesUntilItIsTime(two)]);
  const gone = attach('-i', one.address, '-w', join(share, 'gone.pcapng'));
  await Promise.all([outlivesADevice(one, two), survivesItsReader(one), gone.sees(ATTACHED, 120)]);
  await feedsTshark(one);
  await endsWithTheDevice(one, gone);
  deepStrictEqual(runningDevices(), []);
}

async function listsDevices(...disks: Disk[]): Promise<void> {
  const list = pciem('capture', '--list', '--json');
  strictEqual(await list.ended, 0, list.output());
  deepStrictEqual(
    (JSON.parse(list.output()) as DeviceList).devices.map(({ address, name }) => `${address} ${name}`),
    disks.map(({ address }) => `${address} nvme`).sort(),
  );
  // As they were assigned: 64-bit BAR 0.
  for (const { address, maps } of runningDevices()) {
    const config = readFileSync(`/sys/bus/pci/devices/${address}/config`);
    strictEqual(maps[0]?.bars[0]?.address, config.readBigUInt64LE(0x10) & ~0xfn);
  }
}

/** From the attaching on, whatever happened before; Ctrl-C completes the file. */
async function writesAFile({ address, path }: Disk): Promise<void> {
  const file = join(share, 'live.pcapng');
  const capture = attach('-i', address, '-w', file);
  await capture.sees(ATTACHED, 240);
  readDisk(path);
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

/** Filtered, compressed, and ended by what it sees, with what came before and comes after. */
async function stopsAtItsTrigger({ address, path }: Disk): Promise<void> {
  const file = join(share, 'trigger.pcapng.gz');
  const capture = attach(
    ...['-i', address, '-w', file, '--filter', 'register=doorbell'],
    ...['--stop-when', 'register="CQ*HDBL"', '--before', '1', '--after', '4'],
  );
  await capture.sees(ATTACHED, 240);
  readDisk(path);
  strictEqual(await capture.ended, 0, capture.output());
  const { types, functions } = await summarize(file);
  const tlps = types.filter(({ name }) => name !== 'Device map' && name !== 'Mark');
  deepStrictEqual(
    tlps.map(({ name, count }) => `${count} ${name}`),
    ['6 MWr'],
  );
  strictEqual(functions[0]?.doorbells, 6);
}

/** A ring of files under load, until the time is over: each stands for itself. */
async function rotatesUntilItIsTime({ address, path }: Disk): Promise<void> {
  const ring = ['--filesize', '64K', '--duration', '1s', '--files', '2', '--stop-after', '4s'];
  const capture = attach('-i', address, '-w', join(share, 'ring.pcapng'), ...ring);
  await capture.sees(ATTACHED, 240);
  while (capture.child.exitCode === null) {
    readDisk(path);
    await sleep(100);
  }
  strictEqual(await capture.ended, 0, capture.output());
  const files = readdirSync(share).filter((name) => name.startsWith('ring_'));
  strictEqual(files.length, 2, files.join());
  for (const name of files) {
    const { functions, skippedBytes, truncatedBytes } = await summarize(join(share, name));
    strictEqual(skippedBytes + truncatedBytes, 0, name);
    deepStrictEqual(
      functions.map((fn) => `${fn.address} ${fn.name}`),
      [`${address} nvme`],
    );
  }
}

/** Two devices in one capture and one in tshark when it is killed: that capture goes on, and tshark ends in order. */
async function outlivesADevice(one: Disk, two: Disk): Promise<void> {
  const file = join(share, 'two.pcapng');
  const both = spawn(
    process.execPath,
    [join(root, 'bin/run.js'), 'capture', '-i', one.address, '-i', two.address, '-w', '-'],
    { stdio: ['ignore', openSync(file, 'w'), 'pipe'] },
  );
  const errors = outputOf(both);
  const tshark = spawn('tshark', ['-l', '-n', '-i', `pciem-${two.address}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const packets = outputOf(tshark);
  await waitFor(() => errors().includes(ATTACHED), 240, errors);
  await waitFor(
    () => packets().includes('Device map'),
    240,
    () => `no device map from tshark: ${packets()}`,
  );
  readDisk(one.path);
  readDisk(two.path);
  two.run.child.kill('SIGKILL');
  await two.run.ended;
  await waitFor(
    () => tshark.exitCode !== null,
    240,
    () => `tshark goes on without its device: ${packets()}`,
  );
  strictEqual(tshark.exitCode, 0, packets());
  readDisk(one.path);
  both.kill('SIGINT');
  await waitFor(() => both.exitCode !== null, 120, errors);
  strictEqual(both.exitCode, 0, errors());

  const { functions, lost, skippedBytes } = await summarize(file);
  strictEqual(lost + skippedBytes, 0);
  strictEqual(functions.length, 2);
  const doorbells = (of: Disk) => functions.find((fn) => fn.address === of.address)?.doorbells ?? 0;
  ok(doorbells(one) >= 4 * BLOCKS, `${doorbells(one)} doorbells of the first`);
  ok(doorbells(two) >= 2 * BLOCKS, `${doorbells(two)} doorbells of the second`);
}

/** Killing whoever reads ends the capture, and nothing else. */
async function survivesItsReader({ address, path }: Disk): Promise<void> {
  const tshark = spawn('tshark', ['-l', '-n', '-i', `pciem-${address}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const packets = outputOf(tshark);
  await waitFor(
    () => packets().includes('Device map'),
    240,
    () => `no device map from tshark: ${packets()}`,
  );
  tshark.kill('SIGKILL');
  for (let i = 0; i < 120 && isCapturing(address); i++) {
    readDisk(path);
    await sleep(500);
  }
  ok(!isCapturing(address), 'the live source outlives its reader');
  readDisk(path);
}

/** As an interface of tshark: packets come while traffic goes on. */
async function feedsTshark({ address, path }: Disk): Promise<void> {
  const interfaces = execFileSync('tshark', ['-D'], { encoding: 'utf8' });
  ok(interfaces.includes(`pciem-${address}`), interfaces);
  const tshark = spawn('tshark', ['-l', '-n', '-i', `pciem-${address}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = outputOf(tshark);
  await waitFor(
    () => output().includes('Device map'),
    240,
    () => `no device map from tshark: ${output()}`,
  );
  const start = performance.now();
  readDisk(path);
  await waitFor(
    () => output().includes('doorbell'),
    240,
    () => `no doorbell from tshark: ${output()}`,
    10,
  );
  // Below a second where the processor is a real one.
  console.log(`tshark shows the first doorbell after ${(performance.now() - start).toFixed(0)} ms`);
  tshark.kill('SIGINT');
  await waitFor(
    () => tshark.exitCode !== null,
    240,
    () => `tshark does not end: ${output()}`,
  );
  await waitFor(() => !isCapturing(address), 60, 'the live source still runs');
}

/** The device goes: the capture is complete and ends by itself. */
async function endsWithTheDevice({ run }: Disk, capture: CliRun): Promise<void> {
  run.child.kill('SIGINT');
  strictEqual(await run.ended, 0, run.output());
  strictEqual(await capture.ended, 0, capture.output());
  const { types, lost } = await summarize(join(share, 'gone.pcapng'));
  strictEqual(lost, 0);
  ok(
    types.some(({ name }) => /unplug/i.test(name)),
    JSON.stringify(types),
  );
}

function attach(...args: string[]): CliRun {
  return pciem('capture', ...args);
}

/** Whether an extcap of ours captures a device. */
function isCapturing(address: string): boolean {
  try {
    execFileSync('pgrep', ['-f', `extcap/main.js --capture.*${address}`]);
    return true;
  } catch {
    return false;
  }
}

function outputOf({ stdout, stderr }: ChildProcess): () => string {
  let output = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return () => output;
}
