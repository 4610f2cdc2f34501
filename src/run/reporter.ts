import type { KernelEvent } from '../host/kernel/events.ts';
import { renderEvent } from '../render/events.ts';

/** What happens to the run itself. */
export type RunEvent =
  /** Something that the user should know, such as that no driver has bound. */
  | { readonly type: 'note'; readonly text: string }
  /** New code is in charge. `replugged`: the structure has changed, the device has left the bus and come back. */
  | {
      readonly type: 'reloaded';
      readonly how: 'swapped' | 'replugged';
      /** From the moment when the files had changed until the device was ready for its driver; milliseconds. */
      readonly milliseconds: number;
      /** Number of the code, counting from 1 for the first change. */
      readonly version: number;
    }
  /** The changed files cannot be used. `plugged`: the device goes on as it was; else there is none for now. */
  | {
      readonly type: 'reload-failed';
      readonly message: string;
      readonly details: readonly string[];
      readonly plugged: boolean;
    };

export type Report = (label: string, event: KernelEvent | RunEvent) => void;

export interface ReporterOptions {
  json: boolean;
  /** What messages call the capture file. */
  captureTitle?: string | undefined;
  /** Whether an event of a device is told; all are when left out. */
  shows?: ((event: KernelEvent) => boolean) | undefined;
}

/** Tells events on stderr, since stdout belongs to the command: as lines for people, or as JSON. */
export function reporter(options: ReporterOptions): Report {
  const rename = <E extends KernelEvent | RunEvent>(event: E): E =>
    'file' in event && options.captureTitle !== undefined ? { ...event, file: options.captureTitle } : event;
  return (label, event) => {
    if (!isRunEvent(event) && options.shows?.(event) === false) return;
    const lines = options.json
      ? [JSON.stringify({ time: new Date().toISOString(), device: label, ...rename(event) })]
      : render(rename(event)).map((line) => `${label}: ${line}`);
    for (const line of lines) process.stderr.write(`${line}\n`);
  };
}

function isRunEvent(event: KernelEvent | RunEvent): event is RunEvent {
  return event.type === 'note' || event.type === 'reloaded' || event.type === 'reload-failed';
}

function render(event: KernelEvent | RunEvent): readonly string[] {
  switch (event.type) {
    case 'note':
      return [event.text];
    case 'reloaded':
      return [
        `${event.how === 'swapped' ? 'new handlers are in place' : 'plugged in again'} after ${event.milliseconds.toFixed(0)} ms`,
      ];
    case 'reload-failed':
      return [
        event.message,
        ...event.details.map((line) => `  ${line}`),
        event.plugged ? 'the device goes on as it was' : 'there is no device until the next change',
      ];
    default:
      return renderEvent(event);
  }
}
