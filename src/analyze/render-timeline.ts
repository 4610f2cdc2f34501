import type { Timeline } from '@pciem/capture';
import { formatBytes } from '../render/capture-table.ts';
import { sparkline } from '../render/sparkline.ts';
import { formatCount, formatMoment, formatTime } from '../render/units.ts';

/** Columns of the sparklines: with names and totals, lines have 80 columns. */
export const TIMELINE_COLUMNS = 44;

const NAME_WIDTH = 16;
const TOTAL_WIDTH = 10;
const FRAME_WIDTH = 8;

export function renderTimeline({ from, to, lanes }: Timeline): string {
  const column = (to - from) / TIMELINE_COLUMNS;
  const ends = formatMoment(from) + formatMoment(to).padStart(TIMELINE_COLUMNS - formatMoment(from).length);
  return [
    `One column is ${formatTime(column)}; the highest of a line is its full height`,
    '',
    `${''.padEnd(NAME_WIDTH)}${ends}${'total'.padStart(TOTAL_WIDTH)}${'first'.padStart(FRAME_WIDTH)}`,
    ...lanes.map(({ name, unit, values, total, firstFrame }) => {
      const sum = unit === 'bytes' ? formatBytes(total) : formatCount(total);
      const first = firstFrame > 0 ? String(firstFrame) : '-';
      return `${name.padEnd(NAME_WIDTH)}${sparkline(values)}${sum.padStart(TOTAL_WIDTH)}${first.padStart(FRAME_WIDTH)}`;
    }),
    '',
  ].join('\n');
}
