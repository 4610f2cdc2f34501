import type { RecordHeader } from './record.ts';
import type { TapEvent } from './tap-event.ts';

/** Sets the record to the time of the event's request, and to who made it. */
export function atRequest(record: RecordHeader, event: TapEvent): void {
  record.timeHi = event.timeHi;
  record.timeLo = event.timeLo;
  record.requestHi = 0;
  record.requestLo = 0;
  record.latency = 0;
  record.detail = event.caller;
}

/** Sets the record to the time of the completion, for an event that holds both request and completion. */
export function atCompletion(record: RecordHeader, event: TapEvent): void {
  const low = event.timeLo + event.latency;
  record.timeLo = low >>> 0;
  record.timeHi = low > 0xffff_ffff ? event.timeHi + 1 : event.timeHi;
  record.requestHi = event.seqHi;
  record.requestLo = event.seqLo;
  record.latency = event.latency;
  // Who called is said of the request.
  record.detail = 0;
}

/** Sets the record to the time and request of an event that is nothing but a completion. */
export function ofRequest(record: RecordHeader, event: TapEvent): void {
  record.requestHi = event.requestHi;
  record.requestLo = event.requestLo;
  record.latency = event.latency;
}
