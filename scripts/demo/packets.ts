import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { Failure } from '../../src/errors.ts';
import { packageRoot } from '../../src/paths.ts';

/** tshark is given only the start of the capture: enough to see a command from its doorbell to its interrupt. */
const searched = 50_000;

/** Prints packets from the first doorbell of an I/O queue on. */
export async function showPackets(capture: string, count: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'pciem-demo-'));
  try {
    await cp(join(packageRoot, 'dissector'), join(directory, 'dissector'), { recursive: true });
    await execa('chmod', ['-R', 'a+rX', directory]);
    const first = findFirst(directory, capture);
    const filter = `frame.number >= ${first} && frame.number < ${first + count}`;
    process.stdout.write(tshark(directory, capture, ['-c', String(first + count), '-Y', filter]));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function findFirst(directory: string, capture: string): number {
  const filter = 'pciem.doorbell && pciem.offset >= 0x1008';
  const frames = tshark(directory, capture, [
    '-c',
    String(searched),
    '-Y',
    filter,
    '-T',
    'fields',
    '-e',
    'frame.number',
  ]);
  return Number(frames.split('\n', 1)[0] || 1);
}

function tshark(directory: string, capture: string, args: readonly string[]): string {
  const script = join(directory, 'dissector/pciem.lua');
  // Wireshark 4.4 and later load no Lua for root. The file is opened here because it may lie where only root may read.
  const isRoot = process.getuid?.() === 0;
  const file = openSync(capture, 'r');
  const { stdout, stderr, status } = spawnSync('tshark', ['-X', `lua_script:${script}`, '-r', '-', ...args], {
    stdio: [file, 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, HOME: directory },
    ...(isRoot && { uid: 65534, gid: 65534 }),
  });
  closeSync(file);
  // tshark exits with 0 on every error in Lua.
  if (status !== 0 || /\bLua\b/.test(stderr)) throw new Failure(`tshark failed:\n${stderr}`);
  return stdout;
}
