import type { Failure } from '../errors.ts';

/** How a failure is shown: what is wrong, then what to do. */
export function renderFailure({ message, nextSteps }: Failure): string {
  const steps = nextSteps.map((step) => `  ${step}`);
  return [`pciem: ${message}`, ...steps, ''].join('\n');
}

/** `3 reads`, `1 read`, `12,345 reads`. */
export function count(number: number | bigint, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${Number(number) === 1 ? '' : 's'}`;
}
