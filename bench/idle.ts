import type { FigureDefinition } from './figure.ts';

export const idleFigure: FigureDefinition = {
  id: 'idle',
  title: 'CPU time of an idle NVMe device',
  unit: 'ms',
  // What is shown as 0 %.
  goal: { kind: 'at most', ratio: 0.005 },
};
