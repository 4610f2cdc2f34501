import type { NvmeCommand } from '@pciem/capture';
import { formatMoment, formatTime } from '../render/units.ts';

const WIDTHS = [8, 8, 11, 4, 6, 14, 12, 9] as const;

/** Heading of the lines that `nvmeCommandLine` makes. */
export const nvmeCommandHead = line(
  'packet',
  'ended',
  'time',
  'SQ',
  'CID',
  'command',
  'LBA+blocks',
  'latency',
  'status',
);

/** One command as a line, while the capture is being read: the widths are fixed. */
export function nvmeCommandLine(command: NvmeCommand): string {
  const { frame, completionFrame, time, queue, cid, name, lba, blocks, latency, service, status } = command;
  return line(
    String(frame),
    String(completionFrame),
    formatMoment(time),
    String(queue),
    String(cid),
    name,
    blocks > 0 ? `${lba}+${blocks}` : '',
    formatTime(latency >= 0 ? latency : service),
    status === 'Success' ? '' : status,
  );
}

function line(...cells: string[]): string {
  const padded = cells.map((cell, index) => {
    const width = WIDTHS[index] ?? 0;
    return index < 5 || index === 7 ? cell.padStart(width) : cell.padEnd(width);
  });
  return `${padded.join(' ').trimEnd()}\n`;
}
