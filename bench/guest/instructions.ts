import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CountedAccess,
  type CountedCommand,
  countedAccesses,
  countedCommands,
  guardedAccesses,
} from '../instruction-cases.ts';
import { counterName, type GuestPlan, type Side } from '../protocol.ts';
import { benchDevice, eduAddress } from './access.ts';
import { carryOut, loadBenchDriver } from './bench-driver.ts';
import { tell } from './channel.ts';
import { plugDisks } from './disks.ts';
import { plugIn } from './plugged.ts';

/** Not so few that the start of a measurement counts, nor so many that it takes long. */
const FORWARDED = 3000;
/** Each of these takes its pause. */
const ASLEEP = 100;
/** Plain accesses cost little, and a timer interrupt as much as several of them. */
const ACCESSES = 20_000;
const COMMANDS = 2000;
/** Until V8 has compiled what it will. */
const ACCESSES_BEFORE = 10_000;
const COMMANDS_BEFORE = 40_000;

const counter = `/run/pciem/${counterName}`;
const sides = ['pciem', 'baseline'] as const;

/** Part 8; needs a machine with one CPU, in which nothing spins. */
export async function countInstructions({ quick }: GuestPlan): Promise<void> {
  const rounds = quick ? 3 : 4;
  await countAccesses(rounds);
  await countCommands(rounds);
}

/** What CI compares between commits. */
export async function countGuarded(): Promise<void> {
  await countAccesses(3, guardedAccesses);
}

async function countAccesses(rounds: number, cases = countedAccesses): Promise<void> {
  loadBenchDriver();
  const endpoint = await plugIn({ entry: benchDevice });
  const addresses = { pciem: endpoint.address, baseline: eduAddress() };
  for (const each of cases) {
    const { gap } = each;
    const count = (side: Side, items: number) =>
      counted(() => {
        const how = gap === undefined ? { amount: items, samples: 1 } : { amount: 1, samples: items, gap };
        carryOut(addresses[side], { ...each[side], ...how });
      });
    tell({ type: 'progress', text: each.title });
    const items = itemsOf(each);
    count('pciem', gap === undefined ? ACCESSES_BEFORE : items);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const value = perItem((amount) => count(side, amount), items);
        report(each.id, side, round, value);
      }
    }
  }
  await endpoint.unplug();
}

function itemsOf({ forwarded, gap }: CountedAccess): number {
  if (gap !== undefined) return ASLEEP;
  return forwarded ? FORWARDED : ACCESSES;
}

async function countCommands(rounds: number): Promise<void> {
  const { disks, endpoint } = await plugDisks(64);
  for (const each of countedCommands) {
    tell({ type: 'progress', text: each.title });
    const jobs = jobsOf(disks, rounds);
    const counts = countJobs(each, jobs);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const count = (commands: number) =>
          counts[jobs.findIndex((job) => job.round === round && job.side === side && job.commands === commands)] ??
          Number.NaN;
        report(each.id, side, round, perItem(count, COMMANDS));
      }
    }
  }
  await endpoint.unplug();
}

interface Job {
  round: number;
  side: Side;
  disk: string;
  commands: number;
}

/** The first one is not counted: the device warms up. */
function jobsOf(disks: Record<Side, string>, rounds: number): Job[] {
  const jobs: Job[] = [{ round: -1, side: 'pciem', disk: disks.pciem, commands: COMMANDS_BEFORE }];
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) {
      for (const commands of [COMMANDS, 3 * COMMANDS]) jobs.push({ round, side, disk: disks[side], commands });
    }
  }
  return jobs;
}

/** What one more item costs: the start and the end of a measurement cost the same for any number of items. */
function perItem(count: (items: number) => number, items: number): number {
  const few = count(items);
  return (count(3 * items) - few) / (2 * items);
}

function report(figure: string, side: Side, round: number, value: number): void {
  tell({ type: 'sample', figure, side, round, value });
}

/** Instructions that the machine executes during an action. */
function counted(action: () => void): number {
  const before = readCounter();
  action();
  return readCounter() - before;
}

function readCounter(): number {
  return Number(readFileSync(counter).readBigUInt64LE());
}

/**
 * Instructions of each job. All run in one fio, whose start costs more than they do; before and after each the counter
 * is copied.
 */
function countJobs({ rw, depth }: CountedCommand, jobs: readonly Job[]): number[] {
  const directory = mkdtempSync(join(tmpdir(), 'count-'));
  const copies = join(directory, 'copies');
  const copy = `cat ${counter} >>${copies};:`;
  const args = [
    ...['--ioengine=libaio', '--direct=1', '--thread', '--norandommap', '--size=64m', '--io_size=1t', '--bs=4k'],
    ...[`--rw=${rw}`, `--iodepth=${depth}`, '--output=/dev/null', `--exec_prerun=${copy}`, `--exec_postrun=${copy}`],
  ];
  for (const [index, { disk, commands }] of jobs.entries()) {
    args.push(`--name=job${index}`, '--stonewall', `--filename=${disk}`, `--number_ios=${commands}`);
  }
  try {
    execFileSync('fio', args, { cwd: directory });
    const bytes = readFileSync(copies);
    if (bytes.length !== jobs.length * 16) throw new Error(`fio ran ${bytes.length / 16} of ${jobs.length} jobs`);
    return jobs.map((_, index) => Number(bytes.readBigUInt64LE(index * 16 + 8) - bytes.readBigUInt64LE(index * 16)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
