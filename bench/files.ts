import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { PcapngReader, TapConverter } from '../capture/src/index.ts';
import { nvmeMap } from '../capture/src/testing/nvme-session.ts';
import { NvmeTraffic, type TrafficOptions } from '../capture/src/testing/nvme-traffic.ts';
import { Failure } from '../src/errors.ts';
import { CaptureFile } from '../src/host/kernel/capture-file.ts';
import { packageRoot } from '../src/paths.ts';
import type { FigureDefinition } from './figure.ts';
import type { Terms } from './parts.ts';
import type { Sample, Side } from './protocol.ts';

export const fileFigures: readonly FigureDefinition[] = [
  { id: 'file-write', title: 'writer, to editcap', unit: 'M TLP/s' },
  { id: 'file-read', title: 'reader, to capinfos', unit: 'M TLP/s' },
  {
    id: 'file-write-small',
    title: 'writer of small TLPs, to 1',
    unit: 'M TLP/s',
    goal: { kind: 'at least', ratio: 1 },
  },
  // 25 times as fast.
  { id: 'file-summary', title: 'analyze summary, to tshark', unit: 's', goal: { kind: 'at most', ratio: 0.04 } },
  { id: 'file-rss', title: 'its memory, 8 times the file, to 1', unit: 'MiB' },
  { id: 'file-rss-10m', title: '10 M TLPs, to 250 MB', unit: 'MiB', goal: { kind: 'at most', ratio: 1 } },
];

/** Commands in the file; each reads 4 KiB, as in part 5, and makes eight packets. */
const COMMANDS = 40_000;
/** Traffic of small TLPs, as of drivers that poll. */
const SMALL: TrafficOptions = { bytes: 8, polls: 20 };
const LARGE_FILE_TLPS = 10_000_000;
const MEMORY_LIMIT = 250e6 / 2 ** 20;
const node = join(packageRoot, 'node_modules/node/bin/node');
const pciem = join(packageRoot, 'bin/run.js');
const dissector = join(packageRoot, 'dissector/pciem.lua');

/** Part 6. The files are in memory, so that no disk is measured. */
export async function measureFiles({ quick }: Terms): Promise<Sample[]> {
  const directory = mkdtempSync('/dev/shm/pciem-bench-');
  const samples: Sample[] = [];
  const add = (figure: string, side: Side, round: number, value: number) =>
    samples.push({ type: 'sample', figure, side, round, value });
  try {
    const file = join(directory, 'capture.pcapng');
    const packets = writeFile(file, COMMANDS).packets;
    const perSecond = (ms: number) => packets / ms / 1000;
    for (let round = 0; round < (quick ? 3 : 7); round++) {
      add('file-write', 'pciem', round, perSecond(writeFile(file, COMMANDS).ms));
      add('file-write', 'baseline', round, perSecond((await run('editcap', [file, join(directory, 'copy')])).ms));
      add('file-write-small', 'pciem', round, smallPerSecond(join(directory, 'small')));
      add('file-write-small', 'baseline', round, 1);
      add('file-read', 'pciem', round, perSecond(await readFile(file, packets)));
      add('file-read', 'baseline', round, perSecond((await run('capinfos', ['-c', file])).ms));
    }
    const summary = [...reportMemory, pciem, 'analyze', file, 'summary'];
    const tshark = ['-X', `lua_script:${dissector}`, '-r', file, '-q', '-z', 'io,phs'];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      const { ms, rss } = await run(node, summary);
      add('file-summary', 'pciem', round, ms / 1000);
      add('file-summary', 'baseline', round, (await run('tshark', tshark)).ms / 1000);
      add('file-rss', 'baseline', round, rss);
    }
    writeFile(file, COMMANDS * 8);
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      add('file-rss', 'pciem', round, (await run(node, summary)).rss);
    }
    if (!quick) {
      writeFile(file, LARGE_FILE_TLPS / new NvmeTraffic(SMALL).packetsPerCycle, SMALL);
      add('file-rss-10m', 'pciem', 0, (await run(node, summary)).rss);
      add('file-rss-10m', 'baseline', 0, MEMORY_LIMIT);
    }
    return samples;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes a capture of so many NVMe commands as a tap delivers them, ring by ring; measures the writer alone. */
function writeFile(path: string, commands: number, options?: TrafficOptions): { ms: number; packets: number } {
  const traffic = new NvmeTraffic(options);
  const file = new CaptureFile(path);
  const converter = new TapConverter({ sink: file.write, maps: [nvmeMap] });
  const ring = new Uint8Array(64 * traffic.cycleBytes);
  const view = new DataView(ring.buffer);
  const { setup } = traffic;
  converter.push(setup, new DataView(setup.buffer), 0, setup.length);
  let ms = 0;
  while (traffic.commands < commands) {
    for (let at = 0; at < ring.length; at += traffic.cycleBytes) traffic.next(ring, at);
    const start = performance.now();
    converter.push(ring, view, 0, ring.length);
    ms += performance.now() - start;
  }
  converter.finish({ lost: 0, delivered: converter.delivered });
  file.close();
  return { ms, packets: traffic.commands * traffic.packetsPerCycle };
}

/** Millions of small TLPs that the writer takes in a second. */
function smallPerSecond(path: string): number {
  const { ms, packets } = writeFile(path, COMMANDS / 5, SMALL);
  return packets / ms / 1000;
}

/** Milliseconds that it takes to read all packets. */
async function readFile(path: string, least: number): Promise<number> {
  const start = performance.now();
  let packets = 0;
  const reader = new PcapngReader({ packet: () => packets++ });
  const handle = await open(path);
  for await (const chunk of handle.createReadStream({ highWaterMark: 2 ** 20 })) reader.push(chunk as Buffer);
  reader.finish();
  if (packets < least) throw new Failure(`The reader found ${packets} packets of ${least} in ${path}`);
  return performance.now() - start;
}

/** Lets Node tell its memory at the end, in KiB on a line of the standard error. */
const reportMemory = [
  '--import',
  `data:text/javascript,process.on('exit',()=>process._rawDebug('rss',process.resourceUsage().maxRSS))`,
];

/** Milliseconds that a program runs, and MiB of memory if it reports them. */
async function run(command: string, args: readonly string[]): Promise<{ ms: number; rss: number }> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [status] = (await once(child, 'close')) as [number];
  if (status !== 0) throw new Failure(`${command} ${args.join(' ')} failed with status ${status}:\n${output}`);
  return { ms: performance.now() - start, rss: Number(/^rss (\d+)$/m.exec(output)?.[1]) / 1024 };
}
