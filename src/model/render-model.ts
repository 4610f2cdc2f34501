import { count } from '../render/text.ts';
import { renderReplay } from '../replay/render.ts';
import type { ModelCheck } from './check.ts';
import type { LearnedModel } from './format.ts';

/** What a model says, in a few lines. */
export function renderModel({ device, registers, effects }: LearnedModel): string {
  const kinds = new Map<string, number>();
  for (const { is } of registers) kinds.set(is, (kinds.get(is) ?? 0) + 1);
  const list = [...kinds].map(([kind, number]) => `${number} ${kind}`).join(', ');
  return `${device.name}: ${count(registers.length, 'register')} (${list || 'none'}), ${count(effects.length, 'effect')}`;
}

/** How well a model explains captures. */
export function renderCheck(checks: readonly ModelCheck[], limit: number): string {
  return checks
    .map(({ capture, explained, result }) => {
      const percent = (Math.floor(explained * 1000) / 10).toFixed(1);
      return `${capture}: ${percent} % explained\n${renderReplay(result, limit)}`;
    })
    .join('\n');
}
