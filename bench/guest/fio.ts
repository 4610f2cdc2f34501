import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FioCase } from '../nvme-cases.ts';
import type { Sample, Side } from '../protocol.ts';
import { tell } from './channel.ts';

/** The part of fio's report on a group of jobs that is used. */
interface FioJob {
  jobname: string;
  error: number;
  read: FioDirection;
  write: FioDirection;
}

interface FioDirection {
  total_ios: number;
  iops: number;
  bw_bytes: number;
  clat_ns: { percentile?: Record<string, number> };
}

/**
 * Measures two disks in turns, `rounds` times `seconds` each, in one process of fio: its start costs as much as a round
 * where the CPU is emulated.
 */
export async function* runFio(
  fioCase: FioCase,
  disks: Readonly<Record<Side, string>>,
  rounds: number,
  seconds: number,
): AsyncGenerator<Sample> {
  const directory = mkdtempSync(join(tmpdir(), 'fio-'));
  const marks = join(directory, 'marks');
  execFileSync('mkfifo', [marks]);
  const stop = forwardMarks(fioCase.id, marks);
  const report = join(directory, 'report.json');
  try {
    const args = [...commonArguments(fioCase, seconds), `--output=${report}`];
    for (let round = 0; round < rounds; round++) {
      for (const side of ['pciem', 'baseline'] as const) args.push(...jobArguments(side, round, disks[side], marks));
    }
    const child = spawn('fio', args, { cwd: directory, stdio: ['ignore', 2, 2] });
    const [status] = (await once(child, 'exit')) as [number];
    if (status !== 0) throw new Error(`fio failed with status ${status}: fio ${args.join(' ')}`);
    const text = readFileSync(report, 'utf8');
    // It tells in the same file that it has run the marks.
    const { jobs } = JSON.parse(text.slice(text.search(/^\{/m))) as { jobs: FioJob[] };
    for (const job of jobs) yield sampleOf(fioCase, job);
  } finally {
    stop();
    rmSync(directory, { recursive: true });
  }
}

/** What every run of fio here has. */
const load = ['--ioengine=libaio', '--direct=1', '--thread', '--time_based', '--size=128m'];

/** Loads a disk for some seconds. */
export function warmUp(disk: string, depth: number, seconds: number): void {
  const what = ['--rw=randrw', '--bs=4k', `--iodepth=${depth}`, `--runtime=${seconds}`, `--filename=${disk}`];
  execFileSync('fio', ['--name=warm-up', ...load, ...what, '--output=/dev/null']);
}

function commonArguments({ rw, blockSize, depth, jobs }: FioCase, seconds: number): string[] {
  return [
    ...load,
    ...['--group_reporting', '--output-format=json', '--norandommap', '--randrepeat=0', '--percentile_list=50:99'],
    ...[`--rw=${rw}`, `--bs=${blockSize}`, `--iodepth=${depth}`, `--numjobs=${jobs}`, `--runtime=${seconds * 1000}ms`],
  ];
}

function jobArguments(side: Side, round: number, disk: string, marks: string): string[] {
  const mark = (edge: string) => `--exec_${edge}=echo ${edge} ${side} ${round} >${marks};:`;
  return [`--name=${side}-${round}`, '--stonewall', `--filename=${disk}`, mark('prerun'), mark('postrun')];
}

/** Tells the host when a job begins and ends. Returns what ends that. */
function forwardMarks(figure: string, path: string): () => void {
  // Open for writing as well: otherwise it would end when the first job has closed it.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false });
  createInterface(pipe).on('line', (line) => {
    const [edge, side, round] = line.split(' ');
    tell({ type: 'mark', edge: edge === 'prerun' ? 'begin' : 'end', figure, side: side as Side, round: Number(round) });
  });
  return () => pipe.destroy();
}

function sampleOf({ id, rw, unit }: FioCase, job: FioJob): Sample {
  if (job.error !== 0) throw new Error(`fio reports error ${job.error} in ${job.jobname}`);
  const { iops, bw_bytes, total_ios, clat_ns } = rw.endsWith('read') ? job.read : job.write;
  const [side, round] = job.jobname.split('-') as [Side, string];
  const facts = {
    ios: total_ios,
    p50us: (clat_ns.percentile?.['50.000000'] ?? Number.NaN) / 1000,
    p99us: (clat_ns.percentile?.['99.000000'] ?? Number.NaN) / 1000,
  };
  const value = unit === 'kIOPS' ? iops / 1000 : bw_bytes / 1e6;
  return { type: 'sample', figure: id, side, round: Number(round), value, facts };
}
