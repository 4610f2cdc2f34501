import type { CaptureSummary } from '@pciem/capture';
import Table from 'cli-table3';
import { grouped } from './text.ts';

const senders = { driver: 'driver → device', device: 'device → host', '': '' } as const;

/** What went over the bus, as a table: one line for each kind of packet. */
export function renderCaptureTable(summary: CaptureSummary): string {
  const table = new Table({
    head: ['packet', 'direction', 'count', 'payload'],
    colAligns: ['left', 'left', 'right', 'right'],
    // Without lines between rows.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: ['bold'], border: ['gray'] },
  });
  for (const { name, from, count, bytes } of summary.types) {
    table.push([name, senders[from], grouped(count), bytes === 0 ? '' : formatBytes(bytes)]);
  }
  return `${table.toString()}\n${renderTotals(summary)}`;
}

/** What the counts say about the health of the capture. */
function renderTotals(summary: CaptureSummary): string {
  const { packets, lost, requests, completed, timedOut, functions } = summary;
  const doorbells = functions.reduce((sum, fn) => sum + fn.doorbells, 0);
  return [
    `${grouped(packets)} packets in ${(summary.durationNs / 1e9).toFixed(1)} s, ${lost} lost`,
    `${grouped(requests)} requests that want a completion: ${grouped(completed)} got it, ${timedOut} timed out`,
    `${grouped(doorbells)} doorbell writes`,
  ].join('\n');
}

/** `512 B`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes === 0 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}
