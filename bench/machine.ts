import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, totalmem } from 'node:os';
import { execa } from 'execa';
import { chooseAccelerator } from '../src/vm/accelerator.ts';
import { type Accelerator, qemuBinary } from '../src/vm/qemu.ts';

/** Where and with what was measured. */
export interface Machine {
  cpu: string;
  cpus: number;
  /** GiB. */
  memory: number;
  architecture: string;
  kernel: string;
  node: string;
  qemu: string;
  /** What does the CPU's work in guests. */
  accelerator: Accelerator;
  /** Of the repository. */
  commit: string;
}

export async function describeMachine(root: string): Promise<Machine> {
  const { stdout: qemu } = await execa(qemuBinary, ['--version']);
  const { stdout: commit } = await execa('git', ['describe', '--always', '--dirty'], { cwd: root, reject: false });
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    memory: Math.round(totalmem() / 2 ** 30),
    architecture: arch(),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    node: process.version,
    qemu: /version (\S+)/.exec(qemu)?.[1] ?? 'unknown',
    accelerator: await chooseAccelerator(),
    commit: commit ?? 'unknown',
  };
}

/** What else happened on the machine while it was measured on. */
export interface Disturbance {
  /** Load average over a minute when the benchmark began. */
  loadBefore: number;
  /** Part of the machine's CPU time that other processes took. */
  others: number;
  /** Part of the CPU time that the hypervisor gave to other machines. */
  stolen: number;
}

/** More than this, and the figures are not to be trusted. */
const LIMITS: Disturbance = { loadBefore: 0.7, others: 0.04, stolen: 0.02 };

interface Ticks {
  all: number;
  busy: number;
  stolen: number;
  own: number;
}

/** Watches how much of the machine was left to the benchmark and its children. */
export class MachineWatch {
  readonly #loadBefore = loadavg()[0] as number;
  readonly #before = readTicks();

  get disturbance(): Disturbance {
    const before = this.#before;
    const now = readTicks();
    const all = Math.max(1, now.all - before.all);
    return {
      loadBefore: this.#loadBefore,
      others: Math.max(0, now.busy - before.busy - (now.own - before.own)) / all,
      stolen: (now.stolen - before.stolen) / all,
    };
  }
}

/** Why the figures are not to be trusted; empty if they are. */
export function reasonsForDoubt({ loadBefore, others, stolen }: Disturbance): string[] {
  const percent = (part: number) => `${(part * 100).toFixed(0)} %`;
  return [
    loadBefore > LIMITS.loadBefore ? `the load average was ${loadBefore.toFixed(1)} before` : '',
    others > LIMITS.others ? `other processes took ${percent(others)} of the CPU time` : '',
    stolen > LIMITS.stolen ? `the hypervisor took ${percent(stolen)} of the CPU time` : '',
  ].filter(Boolean);
}

function readTicks(): Ticks {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return { all: busy + idle + iowait + steal, busy, stolen: steal, own: ownTicks() };
}

/** CPU time of this process and all below it, those that have ended too. */
function ownTicks(root = process.pid): number {
  let sum = 0;
  const pids = [root];
  for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
    sum += ticksOf(pid, true);
    pids.push(...childrenOf(pid));
  }
  return sum;
}

/** CPU time of a process in ticks of 10 ms; 0 if it is gone. */
export function ticksOf(pid: number, withChildren = false): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields 14 to 17, counted after the name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, withChildren ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    // Of every thread: each keeps its own list.
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
