import type { AccessPair, Comparison } from '@pciem/capture';
import { numbers } from '../render/plain-table.ts';
import { formatCount, formatTime } from '../render/units.ts';
import { section, sections, type TableLimit } from './sections.ts';

export function renderComparison(comparison: Comparison, limit: TableLimit): string {
  const { accessesA, accessesB, common, added, missing, otherValue, divergence, valueDivergence } = comparison;
  const differences = added + missing + otherValue;
  return sections(
    differences === 0
      ? `No difference in ${formatCount(common)} accesses of the driver`
      : `A has ${formatCount(accessesA)} accesses of the driver, B ${formatCount(accessesB)}; in common ${formatCount(common)}, ` +
          `${formatCount(otherValue)} of them with another value.\nOnly in B: ${formatCount(added)}. Only in A: ${formatCount(missing)}.`,
    divergence ? pair('First divergence', divergence) : '',
    valueDivergence ? pair('First other value', valueDivergence) : '',
    section(
      'Differences; the packets are the first ones in A and B',
      ['access', ...['only in B', 'only in A', 'other value', 'in A', 'in B'].map(numbers)],
      comparison.rows.map((row) => [
        row.what,
        ...[row.added, row.missing, row.otherValue, row.frameA, row.frameB].map((value) =>
          value > 0 ? String(value) : '',
        ),
      ]),
      limit,
    ),
    section(
      'Response times',
      ['request', 'register', ...['p50 A', 'p50 B', 'p99 A', 'p99 B', 'max A at', 'max B at'].map(numbers)],
      comparison.latencies
        .filter(({ a, b }) => a.max > 0 || b.max > 0)
        .map(({ name, from, register, a, b }) => [
          from === 'device' ? `DMA ${name}` : name,
          register,
          formatTime(a.p50),
          formatTime(b.p50),
          formatTime(a.p99),
          formatTime(b.p99),
          String(a.maxFrame),
          String(b.maxFrame),
        ]),
      limit,
    ),
  );
}

function pair(title: string, { a, b }: AccessPair): string {
  const side = (name: string, access: AccessPair['a']) =>
    access ? `  ${name}: packet ${access.frame}: ${access.what} ${access.value}` : `  ${name}: is over`;
  return [title, side('A', a), side('B', b)].join('\n');
}
