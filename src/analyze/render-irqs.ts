import type { Distribution, IrqRow } from '@pciem/capture';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatTime } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

export function renderIrqs(rows: readonly IrqRow[], limit: TableLimit): string {
  if (rows.length === 0) return 'No interrupts\n';
  return sections(
    section(
      'Interrupts by vector',
      ['function', ...['vector', 'count', 'per second', 'masked', 'times', 'packets'].map(numbers)],
      rows.map((row) => [
        row.function,
        String(row.vector),
        formatCount(row.count),
        row.rate.toFixed(1),
        row.masked > 0 ? formatTime(row.maskedNs) : '',
        row.masked > 0 ? String(row.masked) : '',
        row.count > 0 ? `${row.firstFrame}-${row.lastFrame}` : '',
      ]),
      limit,
    ),
    times('From the last DMA write before the message', rows, 'fromWrite', limit),
    times("To the driver's next access to the function", rows, 'toAccess', limit),
    times('From one message to the next', rows, 'interval', limit),
  );
}

function times(title: string, rows: readonly IrqRow[], key: 'fromWrite' | 'toAccess' | 'interval', limit: TableLimit) {
  return section(
    title,
    ['function', ...['vector', 'min', 'at', 'avg', 'p50', 'p99', 'max', 'at'].map(numbers)],
    rows.flatMap((row) => {
      const distribution: Distribution | undefined = row[key];
      if (!distribution) return [];
      const { min, minFrame, avg, p50, p99, max, maxFrame } = distribution;
      return [
        [
          row.function,
          String(row.vector),
          formatTime(min),
          String(minFrame),
          ...[avg, p50, p99, max].map(formatTime),
          String(maxFrame),
        ],
      ];
    }),
    limit,
  );
}
