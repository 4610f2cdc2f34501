import type { CaptureSummary } from '@pciem/capture';
import { formatBytes } from '../render/capture-table.ts';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatTime } from '../render/units.ts';
import { problemSection } from './render-errors.ts';
import { section, sections, type TableLimit } from './sections.ts';

const SENDERS = { driver: 'driver -> device', device: 'device -> host', '': '' } as const;

/** Errors first, then what there was. */
export function renderSummary(summary: CaptureSummary, limit: TableLimit): string {
  return sections(
    problemSection(summary.errors),
    totals(summary),
    section(
      'Traffic by type',
      ['packet', 'direction', numbers('count'), numbers('payload'), numbers('first packet')],
      summary.types.map(({ name, from, count, bytes, firstFrame }) => {
        return [name, SENDERS[from], formatCount(count), bytes > 0 ? formatBytes(bytes) : '', String(firstFrame)];
      }),
      limit,
    ),
    section(
      'Functions',
      ['address', 'device', numbers('packets'), numbers('doorbell writes'), numbers('first packet')],
      summary.functions.map(({ address, name, packets, doorbells, firstFrame }) => {
        return [address, name, formatCount(packets), formatCount(doorbells), String(firstFrame)];
      }),
      limit,
    ),
    section(
      'Registers',
      [
        ...(summary.functions.length > 1 ? ['function'] : []),
        'register',
        numbers('reads'),
        numbers('writes'),
        numbers('first packet'),
      ],
      summary.registers.map((row) => [
        ...(summary.functions.length > 1 ? [row.function] : []),
        row.name,
        formatCount(row.reads),
        formatCount(row.writes),
        String(row.firstFrame),
      ]),
      limit,
    ),
  );
}

function totals({
  packets,
  foreign,
  lost,
  durationNs,
  requests,
  completed,
  timedOut,
  unsuccessful,
}: CaptureSummary): string {
  const lines = [
    `${formatCount(packets)} packets in ${formatTime(durationNs)}, ${formatCount(lost)} events lost`,
    `${formatCount(requests)} requests that want a completion: ${formatCount(completed)} got it ` +
      `(${formatCount(unsuccessful)} without success), ${formatCount(timedOut)} timed out`,
  ];
  if (foreign > 0) lines.push(`${formatCount(foreign)} packets are not from pciem`);
  return lines.join('\n');
}
