import type { FigureDefinition } from './figure.ts';
import { type FioCase, nvmeCases } from './nvme-cases.ts';

const captured = ['nvme-randread-4k-qd32-j1', 'nvme-randwrite-4k-qd32-j1', 'nvme-read-128k-qd8'];

/** Part 5: some of the cases of part 4, with and without a capture. */
export const captureCases: readonly FioCase[] = nvmeCases
  .filter(({ id }) => captured.includes(id))
  .map((fioCase, index) => ({
    ...fioCase,
    id: `captured-${fioCase.id}`,
    goal: { kind: 'at least', ratio: 0.85 },
    quick: index === 0,
  }));

/** Lost to delivered. */
export const recordsLost: FigureDefinition = {
  id: 'captured-lost',
  title: 'records lost, of those delivered',
  unit: '',
  goal: { kind: 'at most', ratio: 0 },
};

export const captureFigures: readonly FigureDefinition[] = [...captureCases, recordsLost];
