import type { DmaReport } from '@pciem/capture';
import { formatBytes } from '../render/capture-table.ts';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatHex, formatMoment } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

export function renderDma({ pageBytes, ranges, faults, faultRows }: DmaReport, limit: TableLimit): string {
  const byBytes = [...ranges].sort((a, b) => b.readBytes + b.writtenBytes - (a.readBytes + a.writtenBytes));
  return sections(
    section(
      `Refused accesses: ${formatCount(faults)}`,
      [numbers('packet'), numbers('time'), 'access', 'reason', numbers('allowed before')],
      faultRows.map((row) => [
        String(row.frame),
        formatMoment(row.time),
        `${row.write ? 'write' : 'read'} ${row.bytes} B at ${formatHex(row.address)}`,
        row.reason,
        row.allowedFrame > 0 ? String(row.allowedFrame) : '',
      ]),
      limit,
    ),
    kinds(ranges),
    section(
      `Memory, in steps of ${formatBytes(pageBytes)}; most bytes first`,
      [
        'memory',
        'from',
        'to',
        numbers('read'),
        numbers('reads'),
        numbers('written'),
        numbers('writes'),
        numbers('packets'),
      ],
      byBytes.map((row) => [
        row.kind,
        formatHex(row.from),
        formatHex(row.to - 1),
        row.readBytes > 0 ? formatBytes(row.readBytes) : '',
        row.reads > 0 ? formatCount(row.reads) : '',
        row.writtenBytes > 0 ? formatBytes(row.writtenBytes) : '',
        row.writes > 0 ? formatCount(row.writes) : '',
        `${row.firstFrame}-${row.lastFrame}`,
      ]),
      limit,
    ),
  );
}

function kinds(ranges: DmaReport['ranges']): string {
  const rows = (['coherent', 'streaming'] as const).flatMap((kind) => {
    const of = ranges.filter((range) => range.kind === kind);
    if (of.length === 0) return [];
    const sum = (key: 'readBytes' | 'reads' | 'writtenBytes' | 'writes') => of.reduce((all, row) => all + row[key], 0);
    const first = Math.min(...of.map(({ firstFrame }) => firstFrame));
    return [
      [
        kind,
        formatBytes(sum('readBytes')),
        formatCount(sum('reads')),
        formatBytes(sum('writtenBytes')),
        formatCount(sum('writes')),
        String(first),
      ],
    ];
  });
  const columns = ['memory', ...['read', 'reads', 'written', 'writes', 'first packet'].map(numbers)];
  return section('By the device', columns, rows, { limit: 0 }) || 'No DMA';
}
