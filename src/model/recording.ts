import {
  type Analysis,
  type DeviceMapBody,
  decodeDeviceMap,
  type Frame,
  RecordFlag,
  RecordKind,
  type Transaction,
} from '@pciem/capture';
import { readCapture } from '../analyze/read-capture.ts';
import { Failure } from '../errors.ts';

const CONFIG_SPACE = 7;
const CONFIG_BYTES = 4096;
const NO_SPACE = 255;
const ASSERT_INTA = 0x20;
const DEASSERT_INTA = 0x24;

/** Something that happened between driver and device. Times in nanoseconds since the first packet. */
export type RecordedEvent = { readonly time: number; readonly frame: number } & (
  | {
      /** The driver's access to a BAR, or to configuration space, which is space 7. */
      readonly kind: 'read' | 'write';
      readonly space: number;
      readonly offset: number;
      readonly size: number;
      /** What was read or written. */
      readonly value: bigint;
      /** The read got no data: completion timeout, or another status than SC. */
      readonly failed: boolean;
    }
  | { readonly kind: 'dma read' | 'dma write'; readonly address: number; readonly data: Uint8Array }
  | { readonly kind: 'interrupt'; readonly vector: number }
  | { readonly kind: 'assert' | 'deassert' }
  /** `reset`: 0 FLR, which a configuration write asks for; 1 of the bus; 2 back from D3hot. */
  | { readonly kind: 'reset'; readonly reset: number }
);

/** A capture of one device, whole in memory. */
export interface Recording {
  readonly file: string;
  readonly map: DeviceMapBody;
  readonly events: readonly RecordedEvent[];
  /** What the driver has read of configuration space before it wrote there, and which bytes that were. */
  readonly config: Uint8Array;
  readonly configKnown: Uint8Array;
}

/** Reads a capture with one function. Throws a Failure if it has none, or several. */
export async function readRecording(file: string): Promise<Recording> {
  const recorder = new Recorder();
  const { functions } = await readCapture(file, [recorder]);
  if (functions.length !== 1) {
    throw new Failure(`${file} holds ${functions.length} functions; a capture of one is needed`, [
      'pciem capture -i ADDRESS captures a single one',
    ]);
  }
  const { config, configKnown, events, maps } = recorder;
  // Reads are told of when they are completed; what counts is when they were made.
  events.sort((a, b) => a.time - b.time);
  return { file, map: decodeDeviceMap(maps), events, config, configKnown };
}

class Recorder implements Analysis {
  readonly maps: Uint8Array[] = [];
  readonly events: RecordedEvent[] = [];
  readonly config: Uint8Array = new Uint8Array(CONFIG_BYTES);
  readonly configKnown: Uint8Array = new Uint8Array(CONFIG_BYTES);
  readonly #configWritten = new Uint8Array(CONFIG_BYTES);
  /** Data of DMA reads, as their completions bring it. */
  readonly #pieces = new Map<Transaction, Uint8Array[]>();

  packet(frame: Frame): void {
    const { record, time, number } = frame;
    if (record.kind === RecordKind.deviceMap) this.#map(frame);
    else if (record.kind === RecordKind.reset)
      this.events.push({ kind: 'reset', reset: record.detail, time, frame: number });
    else if (frame.isTlp) this.#tlp(frame);
  }

  transaction(transaction: Transaction): void {
    const { from, space } = transaction;
    if (from === 'device') this.#endDma(transaction);
    else if (space !== NO_SPACE) this.#access(transaction);
  }

  #map(frame: Frame): void {
    // A file that was merged from several repeats the map.
    if (frame.record.part === 0) this.maps.length = 0;
    this.maps.push(frame.bytes.slice(frame.bodyAt, frame.bodyAt + frame.bodyBytes));
  }

  #tlp(frame: Frame): void {
    const { record, header, from, time, number, transaction } = frame;
    if (record.flags & RecordFlag.interrupt) {
      this.events.push({ kind: 'interrupt', vector: record.detail, time, frame: number });
    } else if (frame.name.startsWith('Msg')) {
      const { messageCode } = header;
      if (messageCode >= ASSERT_INTA && messageCode < DEASSERT_INTA + 4) {
        this.events.push({ kind: messageCode < DEASSERT_INTA ? 'assert' : 'deassert', time, frame: number });
      }
    } else if (from === 'device' && frame.payloadBytes > 0 && !transaction) {
      this.events.push({ kind: 'dma write', address: frame.address, data: dataOf(frame), time, frame: number });
    } else if (from === 'driver' && transaction?.from === 'device') {
      const pieces = this.#pieces.get(transaction) ?? [];
      pieces.push(dataOf(frame));
      this.#pieces.set(transaction, pieces);
    }
  }

  #endDma(transaction: Transaction): void {
    const pieces = this.#pieces.get(transaction);
    this.#pieces.delete(transaction);
    if (transaction.posted || !pieces) return;
    const { address, time, requestFrame } = transaction;
    this.events.push({ kind: 'dma read', address, data: Buffer.concat(pieces), time, frame: requestFrame });
  }

  #access({ write, space, offset, size, data, dataBytes, time, status, timedOut, requestFrame }: Transaction): void {
    if (size === 0 || size > 8) return;
    const failed = timedOut || status !== 0;
    let value = 0n;
    for (let byte = Math.min(size, dataBytes) - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(data[byte] ?? 0);
    const kind = write ? 'write' : 'read';
    this.events.push({ kind, space, offset, size, value, failed, time, frame: requestFrame });
    if (space === CONFIG_SPACE && !failed) this.#noteConfig(write, offset, size, data);
  }

  #noteConfig(write: boolean, offset: number, size: number, data: Uint8Array): void {
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      if (write) this.#configWritten[at] = 1;
      else if (!this.configKnown[at] && !this.#configWritten[at]) {
        this.config[at] = data[i] as number;
        this.configKnown[at] = 1;
      }
    }
  }
}

function dataOf({ bytes, dataAt, dataKept }: Frame): Uint8Array {
  return bytes.slice(dataAt, dataAt + dataKept);
}
