import type { Failure } from '../errors.ts';

/** How a failure is shown: what is wrong, then what to do. */
export function renderFailure({ message, nextSteps }: Failure): string {
  const steps = nextSteps.map((step) => `  ${step}`);
  return [`pciem: ${message}`, ...steps, ''].join('\n');
}

/** `1 read`, `12,345 reads`; words that end in s take es. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** `12,345`. The one of `Intl` costs a tenth of a second in an emulated machine. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}
