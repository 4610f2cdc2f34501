import { ErrorEvent, EventType } from './async-events.ts';
import type { Core } from './core.ts';
import { LogPage } from './data/log-page-ids.ts';
import { CompletionQueue, type SubmissionQueue } from './queues.ts';

/** BAR 0 offset of the first doorbell. */
export const DOORBELLS = 0x1000;
/** CAP.DSTRD = 0: a doorbell every 4 bytes, submission queue tail and completion queue head in turn. */
const STRIDE_SHIFT = 2;

/**
 * A write to a doorbell (NVMe 1.4 §3.1.24, §3.1.25). `offset`: from the first doorbell. Wrong writes change nothing and
 * become an event (§5.2.1).
 */
export function ringDoorbell(core: Core, offset: number, value: number): void {
  const index = offset >>> STRIDE_SHIFT;
  const id = index >>> 1;
  const queue = (index & 1) === 0 ? core.queues.submission[id] : core.queues.completion[id];
  if (!queue || (offset & 3) !== 0) report(core, id, ErrorEvent.InvalidDoorbellRegister);
  else if (core.doorbellBuffer && id > 0) checkValue(core, queue, value);
  else if (!move(queue, value)) report(core, id, ErrorEvent.InvalidDoorbellValue);
}

/** A shadow doorbell (§7.13), which may hold what it held before. */
export function takeDoorbell(core: Core, queue: SubmissionQueue | CompletionQueue, value: number): void {
  const before = queue instanceof CompletionQueue ? queue.head : queue.tail;
  if (value !== before && !move(queue, value)) report(core, queue.id, ErrorEvent.InvalidDoorbellValue);
}

/** The shadow doorbell may be ahead of the register, and counts. */
function checkValue(core: Core, queue: SubmissionQueue | CompletionQueue, value: number): void {
  if (value >= queue.size) report(core, queue.id, ErrorEvent.InvalidDoorbellValue);
}

function move(queue: SubmissionQueue | CompletionQueue, value: number): boolean {
  return queue instanceof CompletionQueue ? moveHead(queue, value) : moveTail(queue, value);
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
  queue.starved = false;
  return true;
}

function distance(from: number, to: number, size: number): number {
  return to >= from ? to - from : to - from + size;
}

function report(core: Core, queue: number, event: number): void {
  core.errors.addUnrelated(queue);
  core.events.raise(EventType.Error, event, LogPage.Error);
}
