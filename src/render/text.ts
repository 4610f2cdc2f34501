import type { Failure } from '../errors.ts';

/** How a failure is shown: what is wrong, then what to do. */
export function renderFailure({ message, nextSteps }: Failure): string {
  const steps = nextSteps.map((step) => `  ${step}`);
  return [`pciem: ${message}`, ...steps, ''].join('\n');
}

/** `1 read`, `12,345 reads`; words that end in s take es. */
export function count(number: number, noun: string): string {
  const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;
}
