import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AccessCase, accessCases, doorbellCases } from '../access-cases.ts';
import type { GuestPlan, Sample, Side } from '../protocol.ts';
import { carryOut, loadBenchDriver, type Order } from './bench-driver.ts';
import { tell } from './channel.ts';
import { plugIn } from './plugged.ts';

export const benchDevice = join(import.meta.dirname, '../devices/bench.ts');
/** What `measureAccess` is called by on one CPU, see main.ts. */
export const oneCpuPart = 'access-one-cpu';

/** Part 1. */
export async function measureAccess(plan: GuestPlan): Promise<void> {
  await measureCases(
    accessCases.filter(({ oneCpu }) => !oneCpu),
    plan,
  );
  if (plan.quick) return;
  const [node, ...args] = process.argv as [string, ...string[]];
  const { status } = spawnSync('taskset', ['-c', '0', node, ...process.execArgv, ...args, oneCpuPart], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`${oneCpuPart} ended with status ${status}`);
}

/** The cases of part 1 for one CPU; whoever calls this has only one. */
export async function measureAccessOnOneCpu(plan: GuestPlan): Promise<void> {
  await measureCases(
    accessCases.filter(({ oneCpu }) => oneCpu),
    plan,
  );
}

/** Part 2. */
export async function measureDoorbells(plan: GuestPlan): Promise<void> {
  await measureCases(doorbellCases, plan);
}

async function measureCases(cases: readonly AccessCase[], { quick }: GuestPlan): Promise<void> {
  loadBenchDriver();
  const wanted = cases.filter((each) => !quick || each.quick);
  const settings = Map.groupBy(wanted, ({ bars = 1, devices = 1 }) => `${devices} devices with ${bars} BARs`);
  for (const [setting, members] of settings) {
    tell({ type: 'progress', text: setting });
    const { bars = 1, devices = 1 } = members[0] as AccessCase;
    await measureWith(devices, bars, members, quick ? 5 : 9);
  }
}

async function measureWith(devices: number, bars: number, cases: readonly AccessCase[], rounds: number): Promise<void> {
  const endpoints = await Promise.all(
    Array.from({ length: devices }, () => plugIn({ entry: benchDevice, options: { bars } })),
  );
  const addresses = { pciem: (endpoints.at(-1) as (typeof endpoints)[0]).address, baseline: eduAddress() };
  for (const each of cases) {
    for (let round = 0; round < rounds; round++) {
      for (const side of ['pciem', 'baseline'] as const) tell(measureOne(each, side, round, addresses));
    }
  }
  for (const endpoint of endpoints) await endpoint.unplug();
}

function measureOne(each: AccessCase, side: Side, round: number, addresses: Record<Side, string>): Sample {
  const order: Order = each[side];
  const times = carryOut(addresses[side], order);
  const value = times[each.of ?? 'p50'] / (each.unit === 'us' ? 1000 : 1);
  return { type: 'sample', figure: each.id, side, round, value, facts: { p50ns: times.p50, p99ns: times.p99 } };
}

/** Address of QEMU's edu device. */
export function eduAddress(): string {
  const driver = '/sys/bus/pci/drivers/pciem_bench';
  const address = readdirSync(driver).find((name) => name.startsWith('0000:'));
  if (address === undefined) throw new Error('The machine has no edu device');
  return basename(address);
}
