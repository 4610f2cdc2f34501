import type { KernelEvent } from '../host/kernel/events.ts';
import { renderSummary } from './summary.ts';
import { count } from './text.ts';

/** An event as lines for the person who runs the device. */
export function renderEvent(event: KernelEvent): string[] {
  switch (event.type) {
    case 'log':
      return [event.text];
    case 'warn':
      return [`warning: ${event.text}`];
    case 'error':
      return [`error: ${event.text}`];
    case 'device-error': {
      const { where, message, location, stack, fatal } = event;
      const place = location === undefined ? '' : ` at ${location}`;
      return [
        `${fatal ? 'fatal device error' : 'device error'} in ${where}${place}: ${message}`,
        ...stack.split('\n').filter(Boolean),
      ];
    }
    case 'device-error-repeated':
      return [`device error in ${event.where}, ${count(event.count, 'more time')}: ${event.message}`];
    case 'plugged':
      return [`plugged in at ${event.address}`];
    case 'bound':
      return [
        `driver ${event.driver} has bound${event.function === undefined ? '' : ` to function ${event.function}`}`,
      ];
    case 'unbound':
      return ['the driver has left'];
    case 'reset':
      return [`reset (${event.kind})`];
    case 'timeout':
      return [`${count(event.count, 'completion timeout')}: the driver read all-ones (${event.total} in all)`];
    case 'late':
      return [`an answer to a read of ${event.register} came after the driver had given up, and was ignored`];
    case 'trouble':
      return [`${event.counter.replaceAll('_', ' ')}: ${event.count} (${event.total} in all)`];
    case 'unplugged':
      return ['unplugged', ...renderSummary(event.stats)];
    case 'capture-failed':
      return [`the capture stopped: ${event.message}; ${event.file} is readable up to there`];
    case 'captured':
      return [`captured ${count(event.delivered, 'event')} in ${event.file}, ${event.lost} lost`];
  }
}
