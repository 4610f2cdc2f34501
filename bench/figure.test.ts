import { expect, test } from 'vitest';
import { figureOf, meetsGoal } from './figure.ts';
import type { Sample, Side } from './protocol.ts';

const definition = { id: 'read', title: 'read', unit: 'ns', goal: { kind: 'at most', ratio: 2 } } as const;

function sample(side: Side, round: number, value: number): Sample {
  return { type: 'sample', figure: 'read', side, round, value, facts: { cpu: value / 10 } };
}

test('the ratio is that of rounds, not of medians', () => {
  const pairs = [
    [10, 10],
    [30, 10],
    [80, 40],
  ] as const;
  const samples = pairs.flatMap(([pciem, baseline], round) => [
    sample('pciem', round, pciem),
    sample('baseline', round, baseline),
  ]);
  expect(figureOf(definition, samples)).toMatchObject({
    pciem: 30,
    baseline: 10,
    ratio: 2,
    facts: { pciem: { cpu: 3 } },
  });
});

test('a round with one side only is left out', () => {
  const samples = [sample('pciem', 0, 1), sample('pciem', 1, 4), sample('baseline', 1, 2)];
  expect(figureOf(definition, samples)?.rounds).toEqual([{ pciem: 4, baseline: 2 }]);
  expect(figureOf(definition, samples.slice(0, 2))).toBeUndefined();
});

test.each([
  ['at most', 2, 2, true],
  ['at most', 2, 2.1, false],
  ['at least', 2, 2.1, true],
  ['at least', 2, 1.9, false],
] as const)('%s %d: %d', (kind, goal, ratio, met) => {
  const figure = figureOf({ ...definition, goal: { kind, ratio: goal } }, [
    sample('pciem', 0, ratio),
    sample('baseline', 0, 1),
  ]);
  expect(figure && meetsGoal(figure)).toBe(met);
});
