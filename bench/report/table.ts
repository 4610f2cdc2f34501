import { numbers, plainTable } from '../../src/render/plain-table.ts';
import { type Figure, meetsGoal } from '../figure.ts';

/** The figures of one part, within 80 columns. */
export function renderFigures(figures: readonly Figure[]): string {
  const columns = ['', numbers('pciem'), numbers('base'), 'unit', numbers('ratio'), numbers('spread'), 'goal'];
  return plainTable(columns, figures.map(lineOf), 80);
}

function lineOf(figure: Figure): string[] {
  const { title, pciem, baseline, unit, ratio, spread } = figure;
  return [
    title,
    threeDigits(pciem),
    threeDigits(baseline),
    unit,
    threeDigits(ratio),
    Number.isFinite(spread) ? `±${(spread * 100).toFixed(0)} %` : '',
    goalOf(figure),
  ];
}

function goalOf(figure: Figure): string {
  const { goal } = figure;
  if (goal === undefined) return '';
  return `${goal.kind === 'at least' ? '≥' : '≤'} ${goal.ratio} ${meetsGoal(figure) ? 'met' : 'MISSED'}`;
}

/** `1234`, `123`, `12.3`, `1.23`, `0.012`. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return size >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
