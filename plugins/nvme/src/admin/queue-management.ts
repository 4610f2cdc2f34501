import type { Command } from '../command.ts';
import type { Core } from '../core.ts';
import { CQ_ENTRY_SHIFT, MAX_HIGH, MAX_QUEUE_ENTRIES, SQ_ENTRY_SHIFT } from '../limits.ts';
import { CompletionQueue, SubmissionQueue } from '../queues.ts';
import { Status } from '../status.ts';

/** Physically Contiguous: required, CAP.CQR is 1. */
const PC = 1 << 0;
/** Interrupts Enabled. */
const IEN = 1 << 1;

/** Create I/O Completion Queue (NVMe 1.4 §5.3). */
export function createCompletionQueue(core: Core, command: Command): undefined {
  const id = command.dword(10) & 0xffff;
  if (!validNewQueue(core, command, core.queues.completion)) return;
  if (core.ioCqEntryShift !== CQ_ENTRY_SHIFT) return command.fail(Status.InvalidQueueSize);
  const vector = command.dword(11) >>> 16;
  if (vector >= core.interrupts.vectors) return command.fail(Status.InvalidInterruptVector, 11, 16);
  const interrupts = (command.dword(11) & IEN) !== 0;
  core.queues.addCompletion(new CompletionQueue(id, command.qword(6), size(command), vector, interrupts));
  core.doorbellBuffer?.restart(2 * id + 1);
}

/** Create I/O Submission Queue (NVMe 1.4 §5.4). Priorities only matter to weighted round robin. */
export function createSubmissionQueue(core: Core, command: Command): undefined {
  const id = command.dword(10) & 0xffff;
  if (!validNewQueue(core, command, core.queues.submission)) return;
  if (core.ioSqEntryShift !== SQ_ENTRY_SHIFT) return command.fail(Status.InvalidQueueSize);
  const completionId = command.dword(11) >>> 16;
  if (completionId === 0 || completionId > core.queues.last) {
    return command.fail(Status.InvalidQueueIdentifier, 11, 16);
  }
  const completion = core.queues.completion[completionId];
  if (!completion) return command.fail(Status.CompletionQueueInvalid, 11, 16);
  core.queues.addSubmission(new SubmissionQueue(id, command.qword(6), size(command), completion));
  core.doorbellBuffer?.restart(2 * id);
}

/** What both commands check alike. */
function validNewQueue(core: Core, command: Command, existing: readonly unknown[]): boolean {
  const id = command.dword(10) & 0xffff;
  if (id === 0 || id > core.queues.last || existing[id]) command.fail(Status.InvalidQueueIdentifier, 10);
  else if (size(command) < 2 || size(command) > MAX_QUEUE_ENTRIES) command.fail(Status.InvalidQueueSize, 10, 16);
  else if ((command.dword(11) & PC) === 0) command.fail(Status.InvalidField, 11);
  else if (command.dword(6) & (core.pageSize - 1)) command.fail(Status.PrpOffsetInvalid, 6);
  else if (command.dword(7) >= MAX_HIGH) command.fail(Status.InvalidField, 7);
  return command.status === Status.Success;
}

/** QSIZE is 0's based. */
function size(command: Command): number {
  return (command.dword(10) >>> 16) + 1;
}

/** Delete I/O Submission Queue (NVMe 1.4 §5.6). */
export function deleteSubmissionQueue(core: Core, command: Command): undefined {
  const id = command.dword(10) & 0xffff;
  const queue = id === 0 ? null : core.queues.submission[id];
  if (!queue) return command.fail(Status.InvalidQueueIdentifier, 10);
  core.queues.removeSubmission(queue);
}

/** Delete I/O Completion Queue (NVMe 1.4 §5.5): its submission queues have to go first. */
export function deleteCompletionQueue(core: Core, command: Command): undefined {
  const id = command.dword(10) & 0xffff;
  const queue = id === 0 ? null : core.queues.completion[id];
  if (!queue) return command.fail(Status.InvalidQueueIdentifier, 10);
  if (queue.attached > 0) return command.fail(Status.InvalidQueueDeletion, 10);
  core.interrupts.forget(queue);
  core.queues.completion[id] = null;
}
