import { EVENT_BYTES, EventFlag, EventKind } from '../tap-event.ts';
import { uapi } from '../uapi.ts';

const fields = uapi.structs.pciem_event.fields;

/** A struct pciem_event by field; what is left out is zero, as the kernel leaves it. */
export interface EventInit {
  kind: keyof typeof EventKind;
  flags?: (keyof typeof EventFlag)[];
  seq?: number | bigint;
  time?: bigint;
  address?: number | bigint;
  offset?: number | bigint;
  requestSeq?: number | bigint;
  latency?: number;
  dataLength?: number;
  function?: number;
  space?: number;
  status?: number;
  tag?: number;
  vector?: number;
  lost?: number;
  caller?: number;
  data?: Uint8Array | number[];
}

/** Bytes of tap records, as the kernel module lays them out. */
export function tapBytes(events: readonly EventInit[]): Uint8Array {
  const parts = events.map(eventBytes);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function eventBytes(init: EventInit): Uint8Array {
  const data = Uint8Array.from(init.data ?? []);
  const bytes = new Uint8Array((EVENT_BYTES + data.length + 7) & ~7);
  const view = new DataView(bytes.buffer);
  const u64 = (field: { offset: number }, value: number | bigint = 0) =>
    view.setBigUint64(field.offset, BigInt(value), true);
  view.setUint32(fields.length.offset, bytes.length, true);
  view.setUint16(fields.kind.offset, EventKind[init.kind], true);
  view.setUint16(
    fields.flags.offset,
    (init.flags ?? []).reduce((sum, flag) => sum | EventFlag[flag], 0),
    true,
  );
  u64(fields.seq, init.seq);
  u64(fields.time_ns, init.time);
  u64(fields.address, init.address);
  u64(fields.offset, init.offset);
  u64(fields.request_seq, init.requestSeq);
  view.setUint32(fields.latency_ns.offset, init.latency ?? 0, true);
  view.setUint32(fields.data_length.offset, init.dataLength ?? data.length, true);
  view.setUint8(fields.function.offset, init.function ?? 0);
  view.setUint8(fields.space.offset, init.space ?? 0);
  view.setUint8(fields.status.offset, init.status ?? 0);
  view.setUint16(fields.tag.offset, init.tag ?? 0, true);
  view.setUint16(fields.vector.offset, init.vector ?? 0, true);
  view.setUint32(fields.lost.offset, init.lost ?? 0, true);
  view.setUint32(fields.caller.offset, init.caller ?? 0, true);
  view.setUint32(fields.kept_length.offset, data.length, true);
  bytes.set(data, EVENT_BYTES);
  return bytes;
}
