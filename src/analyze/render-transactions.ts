import type { TransactionRow } from '@pciem/capture';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatTime } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

/** Response times by kind and register; latencies where they differ. */
export function renderTransactions(rows: readonly TransactionRow[], limit: TableLimit): string {
  const split = rows.filter(({ latency, response }) => latency?.avg !== response?.avg);
  return sections(
    table('Response: request to last completion', rows, 'response', limit),
    table('Latency: request to first completion, where there were several', split, 'latency', limit),
    section(
      'Not completed with success',
      ['request', numbers('timed out'), numbers('UR, CA ...'), numbers('first packet')],
      rows
        .filter(({ timedOut, unsuccessful }) => timedOut + unsuccessful > 0)
        .map((row) => [label(row), String(row.timedOut), String(row.unsuccessful), String(row.firstFrame)]),
      limit,
    ),
    'p50 and p99 are within 1.6 %. "at": the packet of the request before it.',
  );
}

function table(
  title: string,
  rows: readonly TransactionRow[],
  which: 'latency' | 'response',
  limit: TableLimit,
): string {
  const columns = ['request', ...['count', 'min', 'at', 'avg', 'p50', 'p99', 'max', 'at'].map(numbers)];
  const cells = rows.map((row) => {
    const times = row[which];
    // Posted requests have no times, but a first packet.
    if (!times) return [label(row), formatCount(row.count), '', String(row.firstFrame), '', '', '', '', ''];
    return [
      label(row),
      formatCount(row.count),
      formatTime(times.min),
      String(times.minFrame),
      formatTime(times.avg),
      formatTime(times.p50),
      formatTime(times.p99),
      formatTime(times.max),
      String(times.maxFrame),
    ];
  });
  return section(title, columns, cells, limit);
}

function label({ name, from, register }: TransactionRow): string {
  if (register !== '') return `${name} ${register}`;
  return from === 'device' && name !== 'MSI' ? `DMA ${name}` : name;
}
