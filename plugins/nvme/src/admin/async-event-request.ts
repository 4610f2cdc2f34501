import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status } from '../status.ts';

/** Asynchronous Event Request (NVMe 1.4 §5.2): completes when an event happens. */
export function asyncEventRequest(core: Core, command: Command): undefined {
  if (core.events.full) return command.fail(Status.AsyncEventLimitExceeded);
  core.events.request(command.id);
  command.completes = false;
}
