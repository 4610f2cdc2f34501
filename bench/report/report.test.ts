import { expect, test } from 'vitest';
import { figureOf } from '../figure.ts';
import { parts } from '../parts.ts';
import type { Sample } from '../protocol.ts';
import { type Report, renderReport } from './report.ts';
import { threeDigits } from './table.ts';

const machine = {
  cpu: 'AMD EPYC',
  cpus: 2,
  memory: 24,
  architecture: 'x64',
  kernel: '6.18.44-fc-v509',
  guestKernel: '6.12.95+deb12-amd64',
  accelerator: 'tcg' as const,
  node: 'v24.21.0',
  qemu: '7.2.22',
  commit: 'b2e84d5-dirty',
};

function report(pciem: number, baseline: number, doubts: string[] = []): Report {
  return {
    version: 1,
    date: '2026-11-22T11:00:00Z',
    quick: false,
    seconds: 800,
    machine,
    disturbance: { loadBefore: 0, others: 0.001, stolen: 0 },
    doubts,
    parts: parts.map(({ name, title, figures }) => ({
      name,
      title,
      figures: figures.flatMap((definition) => {
        const samples: Sample[] = [
          { type: 'sample', figure: definition.id, side: 'pciem', round: 0, value: pciem },
          { type: 'sample', figure: definition.id, side: 'baseline', round: 0, value: baseline },
        ];
        return figureOf(definition, samples) ?? [];
      }),
    })),
  };
}

test.each([
  [1_234_567, 0.000_123_4],
  [0, 123_456],
])('no line is wider than 80 columns: %d and %d', (pciem, baseline) => {
  const lines = renderReport(report(pciem, baseline, ['the load average was 5.8 before'])).split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test('a missed goal and a busy machine are told', () => {
  expect(renderReport(report(1, 1))).toContain('The machine was quiet');
  const text = renderReport(report(1000, 1, ['the load average was 5.8 before']));
  expect(text).toContain('≤ 5 MISSED');
  expect(text).toContain('NOT TO BE TRUSTED:\n  the load average was 5.8 before');
});

test.each([
  [1234.5, '1235'],
  [123.45, '123'],
  [12.345, '12.3'],
  [1.2345, '1.23'],
  [0.012345, '0.012'],
  [0, '0'],
  [Number.NaN, '-'],
])('%d is shown as %s', (value, text) => {
  expect(threeDigits(value)).toBe(text);
});
