import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type CountedCommand, countedAccesses, countedCommands } from '../instruction-cases.ts';
import { counterName, type GuestPlan, type Side } from '../protocol.ts';
import { benchDevice, eduAddress } from './access.ts';
import { carryOut, loadBenchDriver } from './bench-driver.ts';
import { tell } from './channel.ts';
import { plugDisks } from './disks.ts';
import { plugIn } from './plugged.ts';

/** Not so few that the start of a measurement counts, nor so many that it takes long. */
const ACCESSES = 300;
const COMMANDS = 200;
/** Until V8 has compiled what it will. */
const ACCESSES_BEFORE = 1000;
const COMMANDS_BEFORE = 1500;

const sides = ['pciem', 'baseline'] as const;

/** Part 8; needs a machine with one CPU, in which nothing spins. */
export async function countInstructions({ quick }: GuestPlan): Promise<void> {
  const rounds = quick ? 3 : 7;
  await countAccesses(rounds);
  await countCommands(rounds);
}

async function countAccesses(rounds: number): Promise<void> {
  loadBenchDriver();
  const endpoint = await plugIn({ entry: benchDevice });
  const addresses = { pciem: endpoint.address, baseline: eduAddress() };
  for (const each of countedAccesses) {
    const count = (side: Side, amount: number) =>
      counted(() => carryOut(addresses[side], { ...each[side], amount, samples: 1 }));
    tell({ type: 'progress', text: each.title });
    count('pciem', ACCESSES_BEFORE);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides)
        report(
          each.id,
          side,
          round,
          perItem((amount) => count(side, amount), ACCESSES),
        );
    }
  }
  await endpoint.unplug();
}

async function countCommands(rounds: number): Promise<void> {
  const { disks, endpoint } = await plugDisks(64);
  for (const each of countedCommands) {
    tell({ type: 'progress', text: each.title });
    runFioFor(each, disks.pciem, COMMANDS_BEFORE);
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        const count = (commands: number) => counted(() => runFioFor(each, disks[side], commands));
        report(each.id, side, round, perItem(count, COMMANDS));
      }
    }
  }
  await endpoint.unplug();
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
  return Number(readFileSync(`/run/pciem/${counterName}`).readBigUInt64LE());
}

function runFioFor({ rw, depth }: CountedCommand, disk: string, commands: number): void {
  const args = [
    ...['--name=count', '--ioengine=libaio', '--direct=1', '--thread', '--norandommap', '--size=64m', '--bs=4k'],
    ...[`--filename=${disk}`, `--rw=${rw}`, `--iodepth=${depth}`, `--number_ios=${commands}`, '--output=/dev/null'],
  ];
  execFileSync('fio', args);
}
