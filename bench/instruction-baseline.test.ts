import { expect, test } from 'vitest';
import type { Figure } from './figure.ts';
import { changesSince, readInstructionBaseline } from './instruction-baseline.ts';
import { guardedAccesses } from './instruction-cases.ts';

const baseline = { kernel: '6.12', instructions: { read: 1000 } };

function figures(pciem: number): Figure[] {
  return [{ id: 'read', pciem } as Figure];
}

test.each([
  [900, false],
  [1100, false],
  [1101, true],
])('1000 before and %d now', (now, isRise) => {
  expect(changesSince(baseline, figures(now))).toEqual([{ id: 'read', before: 1000, now, isRise }]);
});

test('a figure that was not measured is no success', () => {
  expect(changesSince(baseline, [])).toMatchObject([{ id: 'read', isRise: true }]);
});

test('the baseline in the repository has every figure that is compared', () => {
  expect(Object.keys(readInstructionBaseline()?.instructions ?? {})).toEqual(guardedAccesses.map(({ id }) => id));
});
