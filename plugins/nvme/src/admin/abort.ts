import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { Status, statusField } from '../status.ts';

/** Dword 0 of the completion: the command was not aborted. */
const NOT_ABORTED = 1;

/**
 * Abort (NVMe 1.4 §5.1). Commands are carried out as soon as they are fetched, so only an
 * Asynchronous Event Request is there to abort; its completion comes before that of Abort.
 */
export function abort(core: Core, command: Command): undefined {
  const queueId = command.dword(10) & 0xffff;
  const commandId = command.dword(10) >>> 16;
  const { queue } = command;
  const room = queue.completion.room > 0;
  if (queueId !== 0 || !room || !core.events.abort(commandId)) {
    command.result = NOT_ABORTED;
    return;
  }
  queue.completion.push(0, queue, commandId, statusField(Status.AbortRequested, false));
}
