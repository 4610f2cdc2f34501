import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, messageOf } from '../src/errors.ts';
import { fetchDebianKernel, type Kernel } from '../src/kernels/index.ts';
import { buildModule } from '../src/kmod/build.ts';
import { packageRoot } from '../src/paths.ts';
import type { Progress } from '../src/progress.ts';
import { escapePath, guestNode, runInVm, type VmResult } from '../src/vm/index.ts';
import { ticksOf } from './machine.ts';
import { cpuFigure, qemuSerial } from './nvme-cases.ts';
import { buildPlugin } from './plugin/build.ts';
import { counterName, type GuestMessage, type GuestPlan, planName, type Sample } from './protocol.ts';

/** What the guest has measured. */
export interface GuestRun {
  kernel: string;
  samples: Sample[];
  /** Why it ended early, if it did. */
  failure?: string;
}

/** What machine the guest gets. */
export type GuestMachine =
  /** With two CPUs. */
  | 'fast'
  /** With one CPU, and instructions are counted: see plugin/count.c. */
  | 'counting';

/** Bytes of the file behind QEMU's NVMe device. */
const DISK = 128 * 2 ** 20;
/** Microseconds in a tick of /proc/PID/stat. */
const TICK = 10_000;

export async function benchKernel(progress: Progress): Promise<Kernel> {
  return fetchDebianKernel('bookworm-backports', progress);
}

/** Boots a machine that has QEMU's own devices beside ours, and lets it measure. */
export async function measureInGuest(machine: GuestMachine, plan: GuestPlan, progress: Progress): Promise<GuestRun> {
  const kernel = await benchKernel(progress);
  const share = await mkdtemp(join(tmpdir(), 'pciem-bench-'));
  // In memory: the host's disk is not to be measured.
  const memory = await mkdtemp('/dev/shm/pciem-bench-');
  try {
    const disk = join(memory, 'disk');
    const file = await open(disk, 'w');
    await file.truncate(DISK);
    await file.close();
    const driver = await buildModule(kernel, progress, join(packageRoot, 'bench/driver'), 'pciem_bench');
    await copyFile(driver, join(share, 'pciem_bench.ko'));
    await writeFile(join(share, planName), JSON.stringify(plan));
    const pidFile = join(memory, 'pid');
    const collector = new Collector(pidFile, progress);
    const vm = runInVm({
      kernel,
      module: await buildModule(kernel, progress),
      command: guestNode(join(packageRoot, 'bench/guest/main.ts')),
      cwd: packageRoot,
      memory: 3072,
      // Plugins are of the emulator.
      ...(machine === 'counting' && { accelerator: 'tcg' as const }),
      cpus: machine === 'fast' ? 2 : 1,
      share,
      timeout: plan.quick ? 600 : 1200,
      qemuArguments: [
        ...baselineDevices(disk),
        ...['-pidfile', pidFile],
        ...(machine === 'counting' ? await countingArguments(memory, share) : []),
      ],
      signals: process,
      onOutput: (stream, chunk) => (stream === 'stdout' ? collector.take(chunk) : process.stderr.write(chunk)),
      progress,
    });
    const failure = await vm.then(complaintOf, messageOf);
    // What was measured until then is worth something.
    if (failure !== undefined && collector.samples.length === 0) throw new Failure(failure);
    return { kernel: kernel.release, samples: collector.samples, ...(failure === undefined ? {} : { failure }) };
  } finally {
    await Promise.all([share, memory].map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

function complaintOf({ status, splats }: VmResult): string | undefined {
  if (splats.length > 0) return `The guest's kernel complained:\n${splats[0]?.excerpt}`;
  return status === 0 ? undefined : `The benchmark failed in the guest with status ${status}`;
}

/** What is measured against: devices that QEMU emulates in C. */
function baselineDevices(disk: string): string[] {
  return [
    ...['-device', 'edu'],
    ...['-drive', `if=none,id=disk,format=raw,file=${escapePath(disk)}`],
    ...['-device', `nvme,drive=disk,serial=${qemuSerial},max_ioqpairs=4`],
  ];
}

async function countingArguments(directory: string, share: string): Promise<string[]> {
  const plugin = await buildPlugin('count', directory);
  return ['-plugin', `${escapePath(plugin)},counter=${escapePath(join(share, counterName))}`];
}

/** Takes the guest's lines apart, and adds to samples what only the host can see: QEMU's CPU time. */
class Collector {
  readonly samples: Sample[] = [];
  readonly #pidFile: string;
  readonly #progress: Progress;
  readonly #begun = new Map<string, number>();
  readonly #used = new Map<string, number>();
  #rest = '';

  constructor(pidFile: string, progress: Progress) {
    this.#pidFile = pidFile;
    this.#progress = progress;
  }

  take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#takeMessage(JSON.parse(line) as GuestMessage);
  }

  #takeMessage(message: GuestMessage): void {
    if (message.type === 'progress') this.#progress(message.text);
    else if (message.type === 'mark') this.#mark(message);
    else this.#takeSample(message);
  }

  #mark(mark: GuestMessage & { type: 'mark' }): void {
    const key = keyOf(mark);
    const ticks = ticksOf(Number(readFileSync(this.#pidFile, 'utf8')));
    // Of several jobs the first begins and the last ends.
    if (mark.edge === 'end') this.#used.set(key, ticks - (this.#begun.get(key) ?? ticks));
    else if (!this.#begun.has(key)) this.#begun.set(key, ticks);
  }

  #takeSample(sample: Sample): void {
    this.samples.push(sample);
    const ticks = this.#used.get(keyOf(sample));
    const { ios, ...facts } = sample.facts ?? {};
    if (ticks === undefined || ios === undefined) return;
    this.samples.push({ ...sample, figure: cpuFigure(sample.figure), value: (ticks * TICK) / ios, facts });
  }
}

function keyOf({ figure, side, round }: Pick<Sample, 'figure' | 'side' | 'round'>): string {
  return `${figure} ${side} ${round}`;
}
