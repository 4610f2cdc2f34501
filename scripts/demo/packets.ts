import { cp, mkdtemp, open, rm } from 'node:fs/promises';
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
    const first = await findFirst(directory, capture);
    const filter = `frame.number >= ${first} && frame.number < ${first + count}`;
    console.log(await tshark(directory, capture, ['-c', String(first + count), '-Y', filter]));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function findFirst(directory: string, capture: string): Promise<number> {
  const filter = 'pciem.doorbell && pciem.offset >= 0x1008';
  const frames = await tshark(directory, capture, [
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

async function tshark(directory: string, capture: string, args: readonly string[]): Promise<string> {
  const script = join(directory, 'dissector/pciem.lua');
  // Wireshark 4.4 and later load no Lua for root. The file is opened here because it may lie where only root may read.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  await using file = await open(capture);
  const { stdout, stderr, failed } = await execa('tshark', ['-X', `lua_script:${script}`, '-r', '-', ...args], {
    stdio: [file.fd, 'pipe', 'pipe'],
    env: { HOME: directory },
    reject: false,
    ...nobody,
  });
  // tshark exits with 0 on every error in Lua.
  if (failed || /\bLua\b/.test(stderr)) throw new Failure(`tshark failed:\n${stderr}`);
  return stdout;
}
