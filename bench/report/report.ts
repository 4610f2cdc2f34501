import type { Disturbance, Machine } from '../machine.ts';
import type { MeasuredPart } from '../parts.ts';
import { renderFigures, threeDigits } from './table.ts';

/** What the benchmark has to tell; also the form of its JSON. */
export interface Report {
  /** Of this form. */
  version: number;
  /** ISO 8601. */
  date: string;
  quick: boolean;
  seconds: number;
  machine: Machine & { guestKernel?: string };
  disturbance: Disturbance;
  /** Why the figures are not to be trusted. */
  doubts: readonly string[];
  parts: readonly MeasuredPart[];
}

/** More than this between the rounds of a figure makes it doubtful. */
const SPREAD_LIMIT = 0.15;

export function renderReport(report: Report): string {
  return [...head(report), ...report.parts.flatMap(renderPart), ...verdict(report), ''].join('\n');
}

function head({ date, machine, seconds, quick }: Report): string[] {
  const { cpu, cpus, memory, kernel, guestKernel, accelerator, node, qemu, commit } = machine;
  return [
    `pciem ${commit}, ${date.slice(0, 16).replace('T', ' ')} UTC, ${quick ? 'quick, ' : ''}${seconds.toFixed(0)} s`,
    `${cpus} × ${cpu}, ${memory} GiB, Linux ${kernel}`,
    `Node ${node}, QEMU ${qemu} (${accelerator})${guestKernel ? `, guest Linux ${guestKernel}` : ''}`,
  ];
}

function renderPart({ name, title, figures }: MeasuredPart): string[] {
  const groups = Map.groupBy(figures, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => ['', group ?? `${name}: ${title}`, renderFigures(members)]);
}

function verdict({ parts, doubts, disturbance }: Report): string[] {
  const wide = parts.flatMap(({ figures }) => figures).filter(({ spread }) => spread > SPREAD_LIMIT);
  const reasons = [...doubts, ...(wide.length > 0 ? [`the rounds of ${wide.length} figures lie far apart`] : [])];
  const { others, stolen } = disturbance;
  const facts = `other processes ${threeDigits(others * 100)} %, stolen ${threeDigits(stolen * 100)} % of the CPU time`;
  if (reasons.length === 0) return ['', `The machine was quiet: ${facts}.`];
  return ['', 'NOT TO BE TRUSTED:', ...reasons.map((reason) => `  ${reason}`)];
}
