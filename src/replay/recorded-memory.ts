import { type DmaOp, DmaStatus } from '@pciem/sdk';
import type { RecordedEvent } from '../model/recording.ts';
import type { DmaDifference } from './result.ts';

type DmaEvent = Extract<RecordedEvent, { kind: 'dma read' | 'dma write' }>;

/** Memory of the driver: what the device has read in a capture, to be compared with what it writes. */
export class RecordedMemory {
  /** Bytes of DMA that are as in the capture. */
  bytes = 0;
  readonly #found: DmaDifference[] = [];
  readonly #reads = new Map<number, DmaEvent[]>();
  readonly #writes = new Map<number, DmaEvent[]>();

  constructor(events: readonly RecordedEvent[]) {
    for (const event of events) {
      if (event.kind !== 'dma read' && event.kind !== 'dma write') continue;
      const of = event.kind === 'dma read' ? this.#reads : this.#writes;
      const list = of.get(event.address);
      if (list) list.push(event);
      else of.set(event.address, [event]);
    }
  }

  /** What is otherwise than in the capture, and the writes there that the device has not made. */
  get differences(): DmaDifference[] {
    const missing = [...this.#writes.values()].flat().map(({ frame, address, data }) => ({
      frame,
      text: `DMA write of ${data.length} bytes at ${hex(address)} is missing`,
    }));
    return [...this.#found, ...missing];
  }

  /** As `HostPort.transfer`. */
  transfer(ops: readonly DmaOp[], from: number, to: number): number {
    let failed = 0;
    for (let i = from; i < to; i++) {
      const op = ops[i] as DmaOp;
      op.done = op.write ? this.#write(op) : this.#read(op);
      op.status = op.done === lengthOf(op) ? DmaStatus.OK : DmaStatus.UNMAPPED;
      if (op.status !== DmaStatus.OK) failed++;
    }
    return failed;
  }

  #read(op: DmaOp): number {
    const length = lengthOf(op);
    let done = 0;
    while (done < length) {
      const event = this.#reads.get(op.address + done)?.shift();
      if (!event) {
        const text = `DMA read of ${length - done} bytes at ${hex(op.address + done)}, which is not in the capture`;
        this.#found.push({ frame: 0, text });
        return done;
      }
      const part = event.data.subarray(0, length - done);
      op.buffer.set(part, (op.offset ?? 0) + done);
      if (part.length < event.data.length) this.#putBack(this.#reads, event, part.length);
      done += part.length;
      this.bytes += part.length;
    }
    return done;
  }

  #write(op: DmaOp): number {
    const length = lengthOf(op);
    const start = op.offset ?? 0;
    const data = op.buffer.subarray(start, start + length);
    for (let done = 0; done < length; ) {
      const event = this.#writes.get(op.address + done)?.shift();
      if (!event) {
        const text = `DMA write of ${length - done} bytes at ${hex(op.address + done)}, which is not in the capture`;
        this.#found.push({ frame: 0, text });
        return length;
      }
      const part = event.data.subarray(0, length - done);
      if (part.length < event.data.length) this.#putBack(this.#writes, event, part.length);
      const place = part.findIndex((byte, i) => byte !== data[done + i]);
      if (place >= 0) {
        const [now = 0, before = 0] = [data[done + place], part[place]];
        const at = hex(event.address + place);
        this.#found.push({
          frame: event.frame,
          text: `DMA write at ${at}: 0x${now.toString(16)}, in the capture 0x${before.toString(16)}`,
        });
      }
      done += part.length;
      this.bytes += part.length;
    }
    return length;
  }

  /** The device moves less at once than before: the rest is for its next access. */
  #putBack(events: Map<number, DmaEvent[]>, event: DmaEvent, used: number): void {
    const rest = { ...event, address: event.address + used, data: event.data.subarray(used) };
    events.set(rest.address, [rest, ...(events.get(rest.address) ?? [])]);
  }
}

function lengthOf({ length, buffer, offset = 0 }: DmaOp): number {
  return length ?? buffer.byteLength - offset;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
