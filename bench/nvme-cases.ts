import type { FigureDefinition, Goal } from './figure.ts';

/** Serial number of the disk that QEMU emulates. */
export const qemuSerial = 'qemu-baseline';

/** One way to load a disk. */
export interface FioCase extends FigureDefinition {
  rw: 'randread' | 'randwrite' | 'read' | 'write';
  /** Bytes of a block, as fio writes it. */
  blockSize: '4k' | '128k';
  depth: number;
  jobs: number;
  /** Also measured by `--quick`. */
  quick: boolean;
}

type Quick = { quick?: true; goal?: Goal };

function random(rw: 'randread' | 'randwrite', depth: number, jobs: number, { quick, goal }: Quick = {}): FioCase {
  const what = rw === 'randread' ? 'read' : 'write';
  return {
    id: `nvme-${rw}-4k-qd${depth}-j${jobs}`,
    title: `4K random ${what}, QD ${depth}, ${jobs === 1 ? '1 job' : `${jobs} jobs`}`,
    unit: 'kIOPS',
    rw,
    blockSize: '4k',
    depth,
    jobs,
    quick: quick === true,
    ...(goal && { goal }),
  };
}

function sequential(rw: 'read' | 'write', { quick, goal }: Quick = {}): FioCase {
  return {
    id: `nvme-${rw}-128k-qd8`,
    title: `128K sequential ${rw}, QD 8`,
    unit: 'MB/s',
    rw,
    blockSize: '128k',
    depth: 8,
    jobs: 1,
    quick: quick === true,
    ...(goal && { goal }),
  };
}

const atLeast = (ratio: number): Goal => ({ kind: 'at least', ratio });

/** Part 4 of the benchmark. */
export const nvmeCases: readonly FioCase[] = [
  random('randread', 1, 1, { quick: true, goal: atLeast(1) }),
  random('randread', 32, 1, { quick: true, goal: atLeast(1.5) }),
  random('randread', 1, 2),
  random('randread', 32, 2),
  random('randwrite', 1, 1),
  random('randwrite', 32, 1, { quick: true }),
  random('randwrite', 1, 2),
  random('randwrite', 32, 2),
  sequential('read', { quick: true, goal: atLeast(0.25) }),
  sequential('write'),
];

/** What no device can beat: Linux's own disk without any device in place of ours, which completes at once. */
export const ceilingCase: FioCase = {
  ...random('randread', 32, 1, { quick: true }),
  id: 'nvme-ceiling-qd32',
  title: 'no device: null_blk, 4K, QD 32',
};

/** Of the CPU time that went into the figure `id`. */
export function cpuFigure(id: string): string {
  return `${id}-cpu`;
}

export const nvmeFigures: readonly FigureDefinition[] = [
  ...nvmeCases,
  ceilingCase,
  ...nvmeCases.map(({ id, title }) => ({
    id: cpuFigure(id),
    title,
    unit: 'us',
    group: 'CPU time of the host for one I/O, driver and device together',
  })),
];
