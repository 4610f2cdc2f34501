import type { NvmeReport } from '@pciem/capture';
import { formatBytes } from '../render/capture-table.ts';
import { numbers } from '../render/plain-table.ts';
import { sparkline } from '../render/sparkline.ts';
import { formatCount, formatTime } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

/** Columns of the queue depth over time. */
export const DEPTH_COLUMNS = 64;

/** @param depth most I/O commands under way, in `DEPTH_COLUMNS` columns over the capture */
export function renderNvme(report: NvmeReport, depth: readonly number[], limit: TableLimit): string {
  return sections(
    errors(report, limit),
    commands(report, limit),
    latencies(report, limit),
    queues(report, limit),
    depthLine(depth),
    ends(report),
  );
}

function errors({ errors }: NvmeReport, limit: TableLimit): string {
  return section(
    'Commands with errors',
    [numbers('packet'), numbers('ended'), numbers('SQ'), numbers('CID'), 'command', 'status'],
    errors.map((row) => [
      String(row.frame),
      String(row.completionFrame),
      String(row.queue),
      String(row.cid),
      row.blocks > 0 ? `${row.name} ${row.lba}+${row.blocks}` : row.name,
      row.status,
    ]),
    limit,
  );
}

function commands({ commands }: NvmeReport, limit: TableLimit): string {
  return section(
    'Commands',
    ['queue', 'command', ...['count', 'completed', 'errors', 'data', 'first packet'].map(numbers)],
    commands.map((row) => [
      row.queue,
      row.name,
      formatCount(row.count),
      formatCount(row.completed),
      row.errors > 0 ? formatCount(row.errors) : '',
      dataOf(row),
      String(row.firstFrame),
    ]),
    limit,
  );
}

function dataOf({ bytes, blocks }: NvmeReport['commands'][number]): string {
  if (blocks === 0) return '';
  return bytes > 0 ? formatBytes(bytes) : `${formatCount(blocks)} blocks`;
}

function latencies({ commands }: NvmeReport, limit: TableLimit): string {
  const columns = ['queue', 'command', ...['min', 'at', 'avg', 'p50', 'p99', 'max', 'at'].map(numbers)];
  const rows = (key: 'latency' | 'service') =>
    commands.flatMap((row) => {
      const times = row[key];
      if (!times) return [];
      const { min, minFrame, avg, p50, p99, max, maxFrame } = times;
      return [
        [
          row.queue,
          row.name,
          formatTime(min),
          String(minFrame),
          ...[avg, p50, p99, max].map(formatTime),
          String(maxFrame),
        ],
      ];
    });
  return [
    section('Latency: doorbell to completion entry', columns, rows('latency'), limit),
    section('Service time: fetch to completion entry', columns, rows('service'), limit),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function queues({ queues }: NvmeReport, limit: TableLimit): string {
  return section(
    'Queues; depth is commands fetched and not completed',
    ['function', ...['SQ', 'CQ', 'vector', 'size', 'commands', 'avg', 'max depth', 'at'].map(numbers)],
    queues.map((row) => [
      row.function,
      String(row.id),
      String(row.completionQueue),
      row.vector < 0 ? '-' : String(row.vector),
      String(row.size),
      formatCount(row.commands),
      row.avgDepth.toFixed(1),
      String(row.maxDepth),
      String(row.maxDepthFrame),
    ]),
    limit,
  );
}

function depthLine(depth: readonly number[]): string {
  const top = Math.max(...depth);
  return top > 0 ? `I/O queue depth over time, at most ${top}\n|${sparkline(depth)}|` : '';
}

function ends({ unfinished, unmatched, cut }: NvmeReport): string {
  const lines = unfinished.map(({ name, count, firstFrame }) => {
    return `${formatCount(count)} ${name} without completion, first in packet ${firstFrame}`;
  });
  if (unmatched > 0) lines.push(`${formatCount(unmatched)} completion entries of commands that are not in the capture`);
  if (cut > 0) lines.push(`${formatCount(cut)} queue entries are cut to a snap length`);
  return lines.join('\n');
}
