import { numbers, plainTable } from '../render/plain-table.ts';
import { count } from '../render/text.ts';
import type { Difference, ReplayResult } from './result.ts';

/** What a replay came to, for people. */
export function renderReplay(result: ReplayResult, limit: number): string {
  const { accesses, reads, equal, dmaBytes, interrupts, differences, errors } = result;
  const lines = [
    `${count(accesses, 'access')} played, ${equal} of ${count(reads, 'read')} as in the capture`,
    `${count(dmaBytes, 'byte')} of DMA, ${interrupts.actual} of ${count(interrupts.expected, 'interrupt')}`,
    ...errors.map((error) => `device error in ${error}`),
  ];
  if (differences.length > 0) {
    const shown = limit === 0 ? differences : differences.slice(0, limit);
    lines.push('', plainTable([numbers('packet'), 'difference'], shown.map(row)));
    if (shown.length < differences.length)
      lines.push(`and ${differences.length - shown.length} more; --limit 0 shows all`);
  } else {
    lines.push('no difference');
  }
  return `${lines.join('\n')}\n`;
}

function row({ frame, text }: Difference): string[] {
  return [frame === 0 ? '' : String(frame), text];
}
