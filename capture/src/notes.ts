import type { CaptureFunction, CaptureWriter } from './capture-writer.ts';
import { ROOT_COMPLEX_ID } from './link.ts';
import type { PacketExtras } from './pcapng/writer.ts';
import { Direction, NO_SPACE, RecordKind } from './record.ts';
import { EventKind, type TapEvent } from './tap-event.ts';
import { uapi } from './uapi.ts';

const { constants } = uapi;
const EMPTY = new Uint8Array(0);
const utf8 = new TextDecoder();

/** Why a DMA access was refused, by enum pciem_dma_status. */
export const DMA_FAULT_REASONS: readonly (string | undefined)[] = [
  undefined,
  'bus master disabled',
  'not mapped',
  'past the end of its mapping',
  'against the direction of its mapping',
  'function not on the bus',
  'not supported by the target',
];

const {
  address: ADDRESS,
  size: SIZE,
  direction: DIRECTION,
  flags: FLAGS,
  owner: OWNER,
} = uapi.structs.pciem_dma_nearest.fields;
const NEAREST_OWNER: number = OWNER.offset;
const DIRECTIONS = ['both directions', 'device may read', 'device may write'];

/** Data of a DMA fault (uapi: struct pciem_dma_nearest): the mapping that the access may have been meant for. */
class NearestMapping {
  /** What follows the first 16 bytes of the record's body. */
  readonly body: Uint8Array;
  readonly text: string;

  constructor(data: Uint8Array) {
    const from = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const address = from.getBigUint64(ADDRESS.offset, true);
    const size = from.getBigUint64(SIZE.offset, true);
    const direction = from.getUint8(DIRECTION.offset);
    const flags = from.getUint8(FLAGS.offset);
    const live = (flags & constants.PCIEM_NEAREST_LIVE) !== 0;
    const coherent = (flags & constants.PCIEM_NEAREST_COHERENT) !== 0;
    const owner = data.subarray(NEAREST_OWNER);
    this.body = new Uint8Array(24 + owner.length);
    const to = new DataView(this.body.buffer);
    to.setUint8(0, live ? 1 : 2);
    to.setUint8(1, direction);
    to.setUint8(2, coherent ? 1 : 0);
    to.setBigUint64(8, address);
    to.setBigUint64(16, size);
    this.body.set(owner, 24);
    this.text =
      `${size} bytes at 0x${address.toString(16)}, ${coherent ? 'coherent' : (DIRECTIONS[direction] ?? direction)}, ` +
      `${live ? 'mapped' : 'unmapped since, mapped'} by ${utf8.decode(owner) || 'unknown'}`;
  }
}

/**
 * A request of the driver, `size` bytes from byte `done` of its access, got no completion in time. Nothing went over the
 * bus, so this is no TLP: docs/capture-format.md, "Completion timeout".
 */
export function noteTimeout(
  writer: CaptureWriter,
  fn: CaptureFunction,
  event: TapEvent,
  tag: number,
  done: number,
  size: number,
): void {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint16(0, ROOT_COMPLEX_ID);
  view.setUint16(2, tag);
  view.setUint32(4, size);
  view.setBigUint64(8, ((BigInt(event.addressHi) << 32n) | BigInt(event.addressLo)) + BigInt(done));
  writer.record.direction = Direction.none;
  writer.note(fn, RecordKind.timeout, body);
}

/** Everything else that is no TLP. Rare, so it may allocate. */
export class Notes {
  readonly #writer: CaptureWriter;
  #unplugged = false;

  constructor(writer: CaptureWriter) {
    this.#writer = writer;
  }

  /** The device has left the bus: nothing more comes from it. */
  get unplugged(): boolean {
    return this.#unplugged;
  }

  /** Writes the record of an event; ignores kinds that a newer module may have. */
  event(fn: CaptureFunction, event: TapEvent, bytes: Uint8Array): void {
    const { record } = this.#writer;
    const data = bytes.slice(event.dataAt, event.dataAt + event.kept);
    record.direction = Direction.none;
    record.space = NO_SPACE;
    record.detail = event.vector;
    switch (event.kind) {
      case EventKind.dmaFault:
        this.#dmaFault(fn, event, data);
        break;
      case EventKind.reset:
        this.#writer.note(fn, RecordKind.reset, EMPTY);
        break;
      case EventKind.plug:
        this.#writer.note(fn, RecordKind.plug, EMPTY);
        break;
      case EventKind.unplug:
        this.#unplugged = true;
        this.#writer.note(fn, RecordKind.unplug, EMPTY);
        break;
      case EventKind.mark:
        this.#mark(fn, event, data);
        break;
      case EventKind.bound:
        this.#writer.note(fn, RecordKind.bound, data);
        break;
      case EventKind.unbound:
        this.#writer.note(fn, RecordKind.unbound, EMPTY);
        break;
      case EventKind.power:
        this.#writer.note(fn, RecordKind.power, EMPTY);
        break;
    }
  }

  /** Says that `count` events were lost before the next packet. Keeps the rest of the record for that packet. */
  loss(fn: CaptureFunction, count: number): void {
    const body = new Uint8Array(8);
    new DataView(body.buffer).setBigUint64(0, BigInt(count));
    fn.lost += count;
    this.#writer.aside(fn, RecordKind.loss, body, { dropped: count });
  }

  #mark(fn: CaptureFunction, event: TapEvent, text: Uint8Array): void {
    // Every viewer shows comments; a line of a chatty log is not worth one.
    const comment = event.vector === constants.PCIEM_MARK_LOG ? undefined : utf8.decode(text);
    this.#writer.note(fn, RecordKind.mark, text, comment ? { comment } : undefined);
  }

  #dmaFault(fn: CaptureFunction, event: TapEvent, data: Uint8Array): void {
    const nearest = data.length >= NEAREST_OWNER ? new NearestMapping(data) : undefined;
    const body = new Uint8Array(16 + (nearest?.body.length ?? 0));
    const view = new DataView(body.buffer);
    if (nearest) body.set(nearest.body, 16);
    const address = (BigInt(event.addressHi) << 32n) | BigInt(event.addressLo);
    view.setUint8(0, event.status);
    view.setUint8(1, event.vector === 0 ? 0 : 1);
    view.setUint16(2, fn.id);
    view.setUint32(4, event.dataLength);
    view.setBigUint64(8, address);
    const extras: PacketExtras = {
      comment:
        `DMA fault: ${event.vector === 0 ? 'read' : 'write'} of ${event.dataLength} bytes at 0x${address.toString(16)}: ` +
        (DMA_FAULT_REASONS[event.status] ?? `status ${event.status}`) +
        (nearest ? `; nearest: ${nearest.text}` : ''),
    };
    this.#writer.record.detail = event.status;
    this.#writer.note(fn, RecordKind.dmaFault, body, extras);
  }
}
