import { ErrorEvent, EventType } from './async-events.ts';
import type { Core } from './core.ts';
import { LogPage } from './data/log-page-ids.ts';
import type { CompletionQueue, SubmissionQueue } from './queues.ts';

/** BAR 0 offset of the first doorbell. */
export const DOORBELLS = 0x1000;
/** CAP.DSTRD = 0: a doorbell every 4 bytes, submission queue tail and completion queue head in turn. */
const STRIDE_SHIFT = 2;

/**
 * A write to a doorbell (NVMe 1.4 §3.1.24, §3.1.25). `offset`: from the first doorbell. Returns true
 * if queues may have work now. Wrong writes change nothing and become an event (§5.2.1).
 */
export function ringDoorbell(core: Core, offset: number, value: number): boolean {
  const index = offset >>> STRIDE_SHIFT;
  const id = index >>> 1;
  if ((offset & 3) !== 0) return report(core, id, ErrorEvent.InvalidDoorbellRegister);
  if ((index & 1) === 0) {
    const queue = core.queues.submission[id];
    if (!queue) return report(core, id, ErrorEvent.InvalidDoorbellRegister);
    return moveTail(queue, value) || report(core, id, ErrorEvent.InvalidDoorbellValue);
  }
  const queue = core.queues.completion[id];
  if (!queue) return report(core, id, ErrorEvent.InvalidDoorbellRegister);
  if (!moveHead(queue, value)) return report(core, id, ErrorEvent.InvalidDoorbellValue);
  const { starved } = queue;
  queue.starved = false;
  return starved;
}

/** New commands: not more than there are free entries, and at least one. */
function moveTail(queue: SubmissionQueue, value: number): boolean {
  if (value >= queue.size) return false;
  const added = distance(queue.tail, value, queue.size);
  if (added === 0 || added > queue.size - 1 - queue.pending) return false;
  queue.tail = value;
  return true;
}

/** Entries freed: not more than there are, and at least one. */
function moveHead(queue: CompletionQueue, value: number): boolean {
  if (value >= queue.size) return false;
  const freed = distance(queue.head, value, queue.size);
  if (freed === 0 || freed > queue.used) return false;
  queue.head = value;
  return true;
}

function distance(from: number, to: number, size: number): number {
  return to >= from ? to - from : to - from + size;
}

function report(core: Core, queue: number, event: number): boolean {
  core.errors.addUnrelated(queue);
  core.events.raise(EventType.Error, event, LogPage.Error);
  return false;
}
