import type { FigureDefinition } from './figure.ts';

/** The last item of part 7. */
export const reloadFigures = {
  handlers: { id: 'reload-handlers', title: 'save to new handlers, to a restart', unit: 'ms' },
  structure: { id: 'reload-structure', title: 'save to re-plugged, to a restart', unit: 'ms' },
} as const satisfies Record<string, FigureDefinition>;
