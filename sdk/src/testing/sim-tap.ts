import { type DeviceMap, TapConverter } from '@pciem/capture/recorder';
import { uapi } from '@pciem/capture/uapi';

const { constants, structs } = uapi;
const { fields, size: HEADER } = structs.pciem_event;

/** What a tap of the kernel tells of an event; the rest of struct pciem_event is zero. */
export interface SimEvent {
  readonly kind: number;
  /** 0 when left out. */
  readonly function?: number;
  readonly flags?: number;
  /** Bus address; of a configuration access the register number. */
  readonly address?: number;
  readonly space?: number;
  /** In the register space. */
  readonly offset?: number;
  /** Of a completion: the number of its request. */
  readonly request?: number;
  readonly status?: number;
  readonly tag?: number;
  readonly vector?: number;
  readonly data?: Uint8Array;
  /** Bytes of an access that has no data. */
  readonly length?: number;
}

/** Records what happens in a simulated host just as a tap of the kernel does, so that captures of both are alike. */
export class SimTap {
  readonly #records: Uint8Array[] = [];
  readonly #times: bigint[] = [];

  /** Returns the number of the event. */
  add(event: SimEvent): number {
    const { data = new Uint8Array(0), length = data.length } = event;
    const record = new Uint8Array(Math.ceil((HEADER + data.length) / 8) * 8);
    const view = new DataView(record.buffer);
    const number = this.#records.length + 1;
    const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    const asked = event.request === undefined ? now : (this.#times[event.request - 1] ?? now);
    view.setUint32(fields.length.offset, record.length, true);
    view.setUint16(fields.kind.offset, event.kind, true);
    view.setUint16(fields.flags.offset, event.flags ?? 0, true);
    view.setBigUint64(fields.seq.offset, BigInt(number), true);
    view.setBigUint64(fields.time_ns.offset, now, true);
    view.setBigUint64(fields.address.offset, BigInt(event.address ?? 0), true);
    view.setBigUint64(fields.offset.offset, BigInt(event.offset ?? 0), true);
    view.setBigUint64(fields.request_seq.offset, BigInt(event.request ?? 0), true);
    view.setUint32(fields.latency_ns.offset, Number(BigInt.asUintN(32, now - asked)), true);
    view.setUint32(fields.data_length.offset, length, true);
    view.setUint8(fields.function.offset, event.function ?? 0);
    view.setUint8(fields.space.offset, event.space ?? constants.PCIEM_SPACE_NONE);
    view.setUint8(fields.status.offset, event.status ?? 0);
    view.setUint16(fields.tag.offset, event.tag ?? 0, true);
    view.setUint16(fields.vector.offset, event.vector ?? 0, true);
    view.setUint32(fields.kept_length.offset, data.length, true);
    record.set(data, HEADER);
    this.#records.push(record);
    this.#times.push(now);
    return number;
  }

  /** Everything so far as a pcapng file. */
  pcapng(maps: readonly DeviceMap[]): Uint8Array {
    const chunks: Uint8Array[] = [];
    const converter = new TapConverter({ sink: (chunk) => void chunks.push(Uint8Array.from(chunk)), maps: [...maps] });
    for (const record of this.#records) {
      converter.push(record, new DataView(record.buffer), 0, record.length);
    }
    converter.finish({ lost: 0, delivered: this.#records.length });
    return Buffer.concat(chunks);
  }
}
