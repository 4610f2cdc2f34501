import { formatBytes } from '../render/capture-table.ts';
import { formatHex, formatMoment, formatTime } from '../render/units.ts';
import type { ReportData } from './collect.ts';
import { type Cell, htmlTable, packet } from './html.ts';

type Times = { min: number; avg: number; p50: number; p99: number; max: number; minFrame: number; maxFrame: number };

const TIME_HEADS = ['min', 'at', 'avg', 'p50', 'p99', 'max', 'at'];

function times(distribution: Times | undefined): Cell[] {
  if (!distribution) return TIME_HEADS.map(() => '');
  const { min, minFrame, avg, p50, p99, max, maxFrame } = distribution;
  return [formatTime(min), packet(minFrame), ...[avg, p50, p99, max].map(formatTime), packet(maxFrame)];
}

/** The tables of the report, errors first. */
export function reportTables(data: ReportData): { id: string; title: string; html: string }[] {
  const { errors, summary, transactions, registers, dma, irqs, nvme } = data;
  const tables: [string, string, string[], Cell[][]][] = [
    [
      'problems',
      'Problems',
      ['packet', 'time', 'problem', 'what'],
      errors.problems.map((row) => [packet(row.frame, row.time), formatMoment(row.time), row.kind, row.text]),
    ],
    [
      'traffic',
      'Traffic by type',
      ['packet', 'sender', 'count', 'payload', 'first'],
      summary.types.map((row) => [
        row.name,
        row.from,
        row.count,
        row.bytes > 0 ? formatBytes(row.bytes) : '',
        packet(row.firstFrame),
      ]),
    ],
    [
      'nvme',
      'NVMe commands: doorbell to completion',
      ['queue', 'command', 'count', 'errors', 'data', ...TIME_HEADS],
      (nvme?.commands ?? []).map((row) => [
        row.queue,
        row.name,
        row.count,
        row.errors,
        row.bytes > 0 ? formatBytes(row.bytes) : '',
        ...times(row.latency),
      ]),
    ],
    [
      'nvme-queues',
      'NVMe queues',
      ['queue', 'size', 'commands', 'errors', 'average depth', 'largest depth', 'at'],
      (nvme?.queues ?? []).map((row) => [
        row.id,
        row.size,
        row.commands,
        row.errors,
        row.avgDepth.toFixed(1),
        row.maxDepth,
        packet(row.maxDepthFrame),
      ]),
    ],
    [
      'nvme-errors',
      'NVMe errors',
      ['packet', 'completion', 'queue', 'command', 'status'],
      (nvme?.errors ?? []).map((row) => [
        packet(row.frame, row.time),
        packet(row.completionFrame),
        row.queue,
        row.name,
        row.status,
      ]),
    ],
    [
      'transactions',
      'Transactions: request to last completion',
      ['request', 'register', 'count', 'timed out', ...TIME_HEADS],
      transactions.map((row) => [
        row.from === 'device' && row.name !== 'MSI' ? `DMA ${row.name}` : row.name,
        row.register,
        row.count,
        row.timedOut,
        ...times(row.response),
      ]),
    ],
    [
      'registers',
      'Registers',
      ['space', 'offset', 'register', 'reads', 'writes', 'changes', 'last value', 'fields', 'at'],
      registers.map((row) => [
        row.space,
        formatHex(row.offset),
        row.name,
        row.reads,
        row.writes,
        row.changes,
        row.value,
        row.fields.map(({ name, value }) => `${name}=${value}`).join(' '),
        packet(row.frame),
      ]),
    ],
    [
      'dma',
      'DMA by memory',
      ['memory', 'from', 'to', 'read', 'written', 'first', 'last'],
      dma.ranges.map((row) => [
        row.kind,
        formatHex(row.from),
        formatHex(row.to - 1),
        row.readBytes > 0 ? formatBytes(row.readBytes) : '',
        row.writtenBytes > 0 ? formatBytes(row.writtenBytes) : '',
        packet(row.firstFrame),
        packet(row.lastFrame),
      ]),
    ],
    [
      'irq',
      "Interrupts: message to the driver's next access",
      ['function', 'vector', 'count', 'per second', ...TIME_HEADS],
      irqs.map((row) => [row.function, row.vector, row.count, row.rate.toFixed(1), ...times(row.toAccess)]),
    ],
  ];
  return tables
    .map(([id, title, heads, rows]) => ({ id, title, html: htmlTable(id, title, heads, rows) }))
    .filter(({ html }) => html !== '');
}
