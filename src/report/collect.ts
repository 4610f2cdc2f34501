import { basename } from 'node:path';
import {
  type CaptureSummary,
  Dma,
  type DmaReport,
  type ErrorReport,
  Errors,
  type Histogram,
  type IrqRow,
  Irqs,
  Lanes,
  Nvme,
  type NvmeReport,
  RegisterAccesses,
  type RegisterRow,
  Summary,
  type Timeline,
  Transactions,
} from '@pciem/capture';
import { readCapture } from '../analyze/read-capture.ts';
import { Activity, SAMPLE_KINDS, type Sample } from './activity.ts';

const COLUMNS = 2048;
const HEAT_ROWS = 40;
const HEAT_COLUMNS = 120;
const HISTOGRAMS = 12;
const ROWS = 200;

/** Everything that the page shows; bounded, however large the capture is. */
export interface ReportData {
  file: string;
  /** `COLUMNS` columns from `from` to `to` nanoseconds since the first packet. */
  timeline: Timeline;
  outstanding: number[];
  /** NVMe I/O commands under way; empty without a controller. */
  depth: number[];
  kinds: readonly string[];
  samples: readonly Sample[];
  stride: number;
  heat: { name: string; total: number; values: number[] }[];
  histograms: {
    name: string;
    count: number;
    p50: number;
    p99: number;
    bars: { from: number; to: number; count: number }[];
  }[];
  summary: CaptureSummary;
  errors: ErrorReport;
  transactions: ReturnType<Transactions['report']>;
  registers: RegisterRow[];
  dma: DmaReport;
  irqs: IrqRow[];
  nvme?: NvmeReport;
}

/** Reads a capture once for all parts of the report. */
export async function collect(file: string): Promise<ReportData> {
  const summary = new Summary();
  const errors = new Errors(ROWS);
  const transactions = new Transactions();
  const registers = new RegisterAccesses();
  const dma = new Dma();
  const irqs = new Irqs();
  const nvme = new Nvme();
  const lanes = new Lanes();
  const activity = new Activity();
  const analyses = [summary, errors, transactions, registers, dma, irqs, nvme, lanes, activity];
  const result = await readCapture(file, analyses);
  const timeline = lanes.report(COLUMNS, result);
  const { from, to } = timeline;
  const counts = summary.report(result);
  const memory = dma.report();
  const commands = nvme.report();
  return {
    file: basename(file),
    timeline,
    outstanding: activity.outstanding.columns(COLUMNS, from, to),
    depth: commands ? nvme.depth(COLUMNS, from, to) : [],
    kinds: SAMPLE_KINDS,
    samples: activity.samples,
    stride: activity.stride,
    heat: activity.heat(HEAT_ROWS, HEAT_COLUMNS, from, to),
    histograms: [...histograms(nvmeTimes(nvme)), ...histograms(requestTimes(transactions))],
    summary: { ...counts, registers: counts.registers.slice(0, ROWS) },
    errors: errors.report(),
    transactions: transactions.report().slice(0, ROWS),
    registers: registers.report().slice(0, ROWS),
    dma: { ...memory, ranges: memory.ranges.slice(0, ROWS), faultRows: memory.faultRows.slice(0, ROWS) },
    irqs: irqs.report(result).slice(0, ROWS),
    ...(commands ? { nvme: { ...commands, errors: commands.errors.slice(0, ROWS) } } : {}),
  };
}

interface NamedTimes {
  name: string;
  times: Histogram;
}

function requestTimes(transactions: Transactions): NamedTimes[] {
  return transactions.rows().flatMap(({ name, register, from, response }) => {
    const label = register === '' && from === 'device' ? `DMA ${name}` : `${name} ${register}`;
    return response ? [{ name: label, times: response }] : [];
  });
}

function nvmeTimes(nvme: Nvme): NamedTimes[] {
  return nvme.histograms().map(({ name, latency }) => ({ name: `NVMe ${name}`, times: latency }));
}

/** Those with the most requests, without those that take no time at all. */
function histograms(named: readonly NamedTimes[]): ReportData['histograms'] {
  return named
    .map(({ name, times }) => ({ name, ...times.summary(), bars: times.bars() }))
    .filter(({ max }) => max > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, HISTOGRAMS)
    .map(({ name, count, p50, p99, bars }) => ({ name, count, p50, p99, bars }));
}
